"""Jitter of a still hand and lag of a fast one, with and without smoothing.

    python -m hand_geo_keras.studies.smoothing --out_dir=examples/results/smoothing

Renders a hand before a webcam (640 x 480, 30 frames/s, hand of known size at 55 cm):
held as still as people can, and waved from side to side while it opens and closes. A
model reads both clips as `hand-geo predict` does, following the hand from frame to
frame, and One-Euro filters of many settings smooth that. Jitter is the step from
one frame to the next of the still hand; lag is the delay that fits the fast hand's
pixels and positions best to the truth. Writes smoothing.csv and smoothing.png.
"""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
from absl import app, flags
from matplotlib.figure import Figure
from scipy.optimize import minimize_scalar

from hand_geo_keras.geometry import Camera, square_box
from hand_geo_keras.geometry.bones import bone_lengths
from hand_geo_keras.io import write_csv
from hand_geo_keras.prediction import HandPrediction, HandSmoother, OneEuroSettings
from hand_geo_keras.prediction.hand_reader import Region
from hand_geo_keras.prediction.joint_predictor import JointPredictor
from hand_geo_keras.synthetic.backgrounds import dome_background
from hand_geo_keras.synthetic.hand_model import NUM_SHAPES, HandModel, HandPose
from hand_geo_keras.synthetic.hand_renderer import light_arm, render_arm
from hand_geo_keras.synthetic.lighting import random_environment
from hand_geo_keras.synthetic.motion import smooth_noise
from hand_geo_keras.synthetic.poses import SHAPES, clip_to_limits
from hand_geo_keras.synthetic.sensor import Sensor
from hand_geo_keras.synthetic.sequence import PosedHand
from hand_geo_keras.synthetic.skin import looks_of, skin_of
from hand_geo_keras.visualization.figure_grid import save_figure

FPS, SIZE, FOCAL, DISTANCE_MM = 30.0, (640, 480), 600.0, 550.0
# Physiological tremor and drift of a hand that is held up, and a wide wave of the hand.
TREMOR_MM, SWEEP_MM, SWEEP_HZ = 0.4, 90.0, 1.0
CUTOFFS, BETAS = (0.5, 1.0, 1.5, 2.5, 4.0), (0.0, 0.005, 0.02, 0.05)
COLUMNS = (
    *("setting", "min_cutoff_hz", "beta", "jitter_px", "jitter_pose_mm"),
    *("jitter_position_mm", "lag_px_ms", "lag_position_ms"),
    *("error_fast_px", "error_fast_pose_mm"),
)
_INDEX_TIP = 8
_DIGITS = 3

_MODEL = flags.DEFINE_string("model", "hand_128", "Preset with named latent points.")
_OUT_DIR = flags.DEFINE_string("out_dir", "runs/smoothing", "Folder to write to.")
_FRAMES = flags.DEFINE_integer("frames", 90, "Frames per clip.")
_SEED = flags.DEFINE_integer("seed", 0, "Another one is another person.")


@dataclasses.dataclass(frozen=True, eq=False)
class Clip:
    """True joints `[T, 21, 3]` mm in the camera's frame, and what was read of them."""

    camera: Camera
    truth: np.ndarray
    hands: list


def main(_: Any) -> None:
    """Measures jitter and lag, and writes table and curves."""
    predictor = None
    clips = {}
    for name, make in (("still", still_motion), ("fast", fast_motion)):
        motion = make(np.random.default_rng(_SEED.value), _FRAMES.value)
        truth, images, camera = rendered(_SEED.value, *motion)
        if predictor is None:
            length = float(bone_lengths(truth[0]).sum())
            predictor = JointPredictor(
                _MODEL.value, camera, "right", bone_length_mm=length
            )
        clips[name] = Clip(camera, truth, read_clip(predictor, camera, truth, images))
    rows = measure(clips)
    out_dir = Path(_OUT_DIR.value)
    write_csv(out_dir / "smoothing.csv", rows, COLUMNS)
    plot(out_dir / "smoothing.png", clips, rows)
    for row in rows[:3]:
        print(" ".join(f"{name}={row[name]}" for name in COLUMNS))


def still_motion(rng: np.random.Generator, count: int) -> tuple[Any, ...]:
    """Poses and places of a hand that is held up: one pose, a small tremor."""
    poses = [HandPose(SHAPES["relaxed"], np.zeros(2))] * count
    return poses, smooth_noise(rng, (count, 3), 0.06 * FPS) * TREMOR_MM


def fast_motion(rng: np.random.Generator, count: int) -> tuple[Any, ...]:
    """Poses and places of a waving hand that opens and closes."""
    phase = 2 * np.pi * SWEEP_HZ * np.arange(count) / FPS
    closed = (1 - np.cos(phase)) / 2
    shapes = (1 - closed)[:, None, None] * SHAPES["open"]
    shapes = shapes + closed[:, None, None] * SHAPES["half_closed"]
    poses = [HandPose(clip_to_limits(shape), np.zeros(2)) for shape in shapes]
    return poses, SWEEP_MM * np.stack(
        [np.sin(phase), 0.3 * np.sin(2 * phase), 0.4 * np.cos(phase)], axis=1
    )


def rendered(seed: int, poses: np.ndarray, places: Any) -> tuple[Any, ...]:
    """Renders a clip; each seed is another person before another wall.

    Returns:
        `(joints [T, 21, 3] in mm in the camera's frame, list of images, Camera)`.
    """
    rng = np.random.default_rng([seed, 1])
    width, height = SIZE
    K = [[FOCAL, 0, width / 2], [0, FOCAL, height / 2], [0, 0, 1]]
    camera = Camera("webcam", K, np.zeros(5), np.eye(3), np.zeros(3), SIZE)  # type: ignore[arg-type]
    skin, gloss = skin_of(rng)
    looks, environment = looks_of(rng, skin, gloss), random_environment(rng)
    model = HandModel(rng.normal(0, 0.5, NUM_SHAPES), 0.93, looks.offsets())
    sensor = Sensor(rng, dome_background(rng, SIZE))
    # Fingers up, the palm to the camera, a little tilted.
    upright = np.array([[0.0, 0, 1], [0, -1, 0], [1, 0, 0]])
    tilt = np.radians(25)
    tilted = np.array(
        [[np.cos(tilt), 0, np.sin(tilt)], [0, 1, 0], [-np.sin(tilt), 0, np.cos(tilt)]]
    )
    turn, joints, images = tilted @ upright, [], []
    for pose, place in zip(poses, places):
        middle = place + [0, 60, DISTANCE_MM]
        verts, points = (p @ turn.T + middle for p in model.posed(pose))
        arm = light_arm(PosedHand("right", verts, points), environment)
        layer = render_arm(camera, arm, looks, environment)
        images.append(sensor.expose(rng, layer))
        joints.append(points)
    return np.stack(joints), images, camera


def read_clip(predictor: Any, camera: Camera, truth: Any, images: Any) -> Any:
    """Follows the hand as the tracker does, from its true box in the first frame on."""
    box = square_box(camera.project(truth[0]), predictor.reader.margin)
    region, passes, hands = Region(np.array(box)), 2, []
    for frame, image in enumerate(images):
        (reading,) = predictor.reader.read(
            [image], [camera], [region], ["right"], passes
        )
        region, passes = reading.region, 1
        hand = predictor.placed("right", reading, camera, "clip", frame)
        if hand is None:
            raise ValueError(f"The hand was lost in frame {frame}; try another --seed.")
        hands.append(dataclasses.replace(hand, time=frame / FPS))
    return hands


def measure(clips: Any) -> Any:
    """One row per setting: the truth, without smoothing and the default first."""
    default = OneEuroSettings()
    settings = {"off": None, "default": default}
    for cutoff in CUTOFFS:
        for beta in BETAS:
            settings[f"{cutoff:g},{beta:g}"] = OneEuroSettings(cutoff, beta)
    rows = [_of_truth(clips["still"])]
    for name, setting in settings.items():
        still, fast = (
            smoothed(clips[clip].hands, setting) for clip in ("still", "fast")
        )
        values = {
            "min_cutoff_hz": setting and setting.min_cutoff_hz,
            "beta": setting and setting.beta,
            "jitter_px": step([hand.pixels for hand in still]),
            "jitter_pose_mm": step([hand.joints[1:] for hand in still]),
            "jitter_position_mm": step([hand.camera_joints for hand in still]),
            **delays(clips["fast"], fast),
        }
        rows.append({"setting": name, **_rounded(values)})
    return rows


def _of_truth(clip):
    """What no filter can or should take away: the tremor itself."""
    values = {
        "jitter_px": step([clip.camera.project(joints) for joints in clip.truth]),
        "jitter_pose_mm": step(clip.truth[:, 1:] - clip.truth[:, :1]),
        "jitter_position_mm": step(clip.truth),
    }
    return {**dict.fromkeys(COLUMNS), "setting": "truth", **_rounded(values)}


def _rounded(values):
    return {k: v if v is None else round(v, _DIGITS) for k, v in values.items()}


def smoothed(hands: list[HandPrediction], settings: Any) -> Any:
    """The hands after a filter of these settings; themselves without."""
    if settings is None:
        return hands
    smooth = HandSmoother(settings)
    return [smooth([hand])[0] for hand in hands]


def step(positions: Any) -> float:
    """Mean length of the step from one frame to the next, once filters are settled."""
    steps = np.diff(np.stack(list(positions))[len(positions) // 6 :], axis=0)
    return float(np.linalg.norm(steps, axis=-1).mean())


def delays(clip: Any, hands: Any) -> dict[Any, Any]:
    """Lags in ms behind the truth, and errors, of the fast hand."""
    pixels = np.stack([clip.camera.project(joints) for joints in clip.truth])
    true_pose = clip.truth - clip.truth[:, :1]
    found = np.stack([hand.pixels for hand in hands])
    pose = np.stack([hand.joints for hand in hands])
    wrists = np.stack([hand.wrist for hand in hands])[:, None]
    return {
        "lag_px_ms": lag_ms(pixels, found),
        "lag_position_ms": lag_ms(clip.truth[:, :1], wrists),
        "error_fast_px": _mean_distance(found, pixels),
        "error_fast_pose_mm": _mean_distance(pose, true_pose),
    }


def lag_ms(truth: np.ndarray, found: np.ndarray) -> float:
    """The delay in ms of the truth that fits best; constant offsets do not count.

    Args:
        truth, found: `[T, N, D]` positions.
    """
    count = len(truth)
    frames, inside = np.arange(count), slice(count // 6, count)
    flat = truth.reshape(count, -1).T

    def misfit(delay):
        late = np.stack([np.interp(frames - delay, frames, line) for line in flat], 1)
        off = (found.reshape(count, -1) - late)[inside]
        return float(((off - off.mean(0)) ** 2).mean())

    best = minimize_scalar(misfit, bounds=(-2, 12), method="bounded")
    return float(1e3 * best.x / FPS)


def _mean_distance(one, other):
    return float(np.linalg.norm(one - other, axis=-1).mean())


def plot(path: str | Path, clips: Any, rows: Any) -> None:
    """The still hand, the fast hand, and what each setting trades."""
    figure = Figure(figsize=(15, 4.4))
    still, fast, trade = figure.subplots(1, 3)
    for axes, name, title in (
        (still, "still", "still hand"),
        (fast, "fast", "waving hand"),
    ):
        _plot_clip(axes, clips[name])
        axes.set(xlabel="time (s)", title=title, ylabel="index fingertip, x (px)")
    fast.legend(fontsize=8)
    _plot_trade(trade, rows)
    for axes in (still, fast, trade):
        axes.grid(True, alpha=0.2)
    figure.tight_layout()
    save_figure(figure, path, dpi=100)


def _plot_clip(axes, clip):
    times = np.arange(len(clip.hands)) / FPS
    truth = np.stack([clip.camera.project(joints) for joints in clip.truth])
    lines = {
        "truth": (truth[:, _INDEX_TIP, 0], {"color": "0.6", "linewidth": 3}),
        "raw": (_tips(clip.hands), {"color": "tab:orange", "linewidth": 0.9}),
        "smoothed": (
            _tips(smoothed(clip.hands, OneEuroSettings())),
            {"color": "tab:blue", "linewidth": 1.5},
        ),
    }
    for label, (values, style) in lines.items():
        axes.plot(times, values, label=label, **style)


def _tips(hands):
    return [hand.pixels[_INDEX_TIP, 0] for hand in hands]


def _plot_trade(axes, rows):
    for beta in BETAS:
        some = [r for r in rows if r["beta"] == beta and r["setting"] != "default"]
        points = [(row["lag_px_ms"], row["jitter_px"]) for row in some]
        axes.plot(*zip(*points), "o-", markersize=3, label=f"beta {beta:g}")
    for name, marker in (("off", "s"), ("default", "*")):
        (row,) = (row for row in rows if row["setting"] == name)
        place = row["lag_px_ms"], row["jitter_px"]
        axes.plot(*place, marker, color="k", markersize=10, label=name)
    axes.set(
        xlabel="lag of the waving hand (ms)",
        ylabel="jitter of the still hand (px/frame)",
        title="cutoffs of 0.5 to 4 Hz, from right to left",
    )
    axes.set_ylim(bottom=0)
    axes.legend(fontsize=8)


if __name__ == "__main__":
    app.run(main)
