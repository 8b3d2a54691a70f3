"""How well a model with named latent points reads real and rendered hands.

    python examples/tools/real_hands.py --recording=my_rig \\
        --photos=my_photos/landmarks.json --rendered=runs/wild_val

`--recording`: a labelled rig; the last part of its labelled frames is read zero-shot
(`--fraction=0.8,1.0`), the box made from the label, in two passes and, with
`--no_boxes`, also found and followed without any box. With `--landmark_model`, a file
of the wheel of mediapipe 0.10.21 (`hand_landmark_full.tflite`), MediaPipe's landmark
network reads the same frames, beginning where the label is. `--photos`: JSON beside its
photos: `{"a.jpg": {"side": "left", "pixels": [21 x [x, y]]}}`, read unchanged, in grey,
darkened and with a side cut off; left hands and small ones also on their own.
`--rendered`: a folder of `hand-geo synth --variant=wild`; `--prepared`: folders that
`hand-geo prepare` wrote, such as those of a dome's test subjects. Beside them stands
what one constant articulation reaches under Procrustes, without a look at any finger.
Errors are in mm (poses) and in percent of the hand box (2D); every figure is printed
and, with `--out`, written as JSON. Hands are read as everywhere; with
`HAND_GEO_ENGINE=tensorflow` in the environment by TensorFlow.
"""

import json
import types
from pathlib import Path

import cv2
import numpy as np
from absl import app, flags
from landmark_network import LandmarkNetwork

from hand_geo_keras.datasets import load_instants
from hand_geo_keras.evaluation import errors_of_each, mean_articulation
from hand_geo_keras.geometry import square_box
from hand_geo_keras.io import read_json, write_json
from hand_geo_keras.layers import PerspectiveLift
from hand_geo_keras.pipelines.crop_geometry import ViewJitter
from hand_geo_keras.pipelines.crop_stream import CropStream
from hand_geo_keras.prediction.hand_reader import HandReader, Region
from hand_geo_keras.prediction.hand_tracker import HandTracker
from hand_geo_keras.prediction.image_predictor import nominal_camera
from hand_geo_keras.recordings import open_recording

_MODEL = flags.DEFINE_string("model", "hand_128", "Preset or run: a name or a folder.")
_RECORDING = flags.DEFINE_string("recording", None, "A labelled rig.")
_FRACTION = flags.DEFINE_list(
    "fraction", ["0.8", "1.0"], "Part of the labelled frames."
)
_NO_BOXES = flags.DEFINE_bool("no_boxes", False, "Also without boxes: every frame.")
_LANDMARKS = flags.DEFINE_string("landmark_model", None, "MediaPipe's, to compare.")
_PHOTOS = flags.DEFINE_string("photos", None, "JSON beside its photos.")
_RENDERED = flags.DEFINE_string("rendered", None, "Folder of rendered hands.")
_PREPARED = flags.DEFINE_list("prepared", [], "Folders of prepared recordings.")
_OUT = flags.DEFINE_string("out", None, "JSON file for the figures.")
_BATCH = 64
_SMALL = 80  # px, side of a box
_DARK = 2.5
_CUT = 0.2  # of the box's side


def main(_):
    reader = HandReader(_MODEL.value)
    figures = {}
    if _RENDERED.value:
        figures["rendered"] = rendered_errors(reader, _RENDERED.value)
    if _PREPARED.value:
        figures["prepared"] = prepared_errors(reader, _PREPARED.value)
    if _PHOTOS.value:
        figures["photos"] = photo_errors(reader, Path(_PHOTOS.value))
    if _RECORDING.value:
        recording = open_recording(_RECORDING.value)
        figures["recording"] = recording_errors(reader, recording)
        if _LANDMARKS.value:
            network = LandmarkNetwork(_LANDMARKS.value)
            figures["mediapipe"] = mediapipe_errors(network, recording)
        if _NO_BOXES.value:
            figures["without boxes"] = tracking_errors(reader, recording)
    for name, values in figures.items():
        print(name, json.dumps(values))
    if _OUT.value:
        write_json(Path(_OUT.value), figures)


def rendered_errors(reader, folder):
    """Errors of one fine pass on rendered hands as the trainer validates them."""
    jitter = ViewJitter(any_roll=0.0, shift=0.05, zoom=0.05)
    stream = CropStream(folder, _BATCH, 1, jitter, negatives=0.0, mirrored=0.0)
    errors, poses, lift = [], [], PerspectiveLift()
    for number in range(16):
        batch = stream.batch(number)
        whole = batch["weights"].min(1) > 0
        found = reader.network(batch["image"], batch["scale"])
        points, joints = found["points"], found["joints_mm"]
        # The true pose at the size that the model gives every hand.
        lifted = lift({"latent_3d": batch["points"], "scale": batch["scale"]})
        poses.append(np.asarray(lifted)[whole])
        errors.append(_pose_errors(joints[whole], poses[-1]))
        off = np.linalg.norm(points - batch["points"][..., :2], axis=-1)
        errors[-1]["2d_percent"] = 100 * off[whole].mean(1) / 2
    poses = np.concatenate(poses)
    half = len(poses) // 2
    constant = {"pa_of_one_half_on_the_other": _constant(poses[:half], poses[half:])}
    return {**_means(errors), "constant articulation": constant}


def prepared_errors(reader, folders):
    """Errors of one pass on prepared crops of right hands that are labelled in full."""
    pool = load_instants(folders)
    usable = pool.labelled & ~pool.mirrored & pool.valid.all(1)
    views = np.flatnonzero(usable[pool.instant_of_view])
    poses, errors = pool.poses(views), []
    for start in range(0, len(views), _BATCH):
        some = views[start : start + _BATCH]
        found = reader.network(pool.crops(some), pool.scales[some])
        true = poses[start : start + _BATCH]
        errors.append(_pose_errors(np.asarray(found["joints_mm"]), true))
    half = len(poses) // 2
    constant = {"pa_of_one_half_on_the_other": _constant(poses[:half], poses[half:])}
    return {**_means(errors), "constant articulation": constant}


def photo_errors(reader, path):
    """Distance of the 2D joints from other landmarks, in percent of the box."""
    landmarks = read_json(path)
    names = sorted(landmarks)
    images = [
        cv2.imread(str(path.parent / name), cv2.IMREAD_COLOR_RGB) for name in names
    ]
    pixels = [np.array(landmarks[name]["pixels"]) for name in names]
    sides = [landmarks[name]["side"] for name in names]
    boxes = [square_box(points) for points in pixels]
    cameras = [nominal_camera(image) for image in images]

    def percent(change=lambda image: image):
        changed = [np.ascontiguousarray(change(image)) for image in images]
        readings = reader.read(changed, cameras, list(map(Region, boxes)), sides)
        return np.array([_percent(*item) for item in zip(readings, pixels, boxes)])

    unchanged, extents = percent(), np.array([box[2] for box in boxes])
    return {
        "all": _photo_figures(unchanged),
        "left hands": _photo_figures(unchanged[np.array(sides) == "left"]),
        f"boxes below {_SMALL} px": _photo_figures(unchanged[extents < _SMALL]),
        "in grey": _photo_figures(percent(_grey)),
        f"darkened (gamma {_DARK})": _photo_figures(percent(_dark)),
        "a fifth of the box beyond the border": _photo_figures(
            _percent_at_border(reader, images, pixels, boxes, sides)
        ),
    }


def _percent_at_border(reader, images, pixels, boxes, sides):
    """As in whole photos, of the joints that are left when a side is cut off."""
    starts = [round(box[0] + (_CUT - 0.5) * box[2]) for box in boxes]
    cut = [
        np.ascontiguousarray(image[:, max(start, 0) :])
        for image, start in zip(images, starts)
    ]
    moved = [points - [max(start, 0), 0] for points, start in zip(pixels, starts)]
    regions = [Region(box - [max(start, 0), 0, 0]) for box, start in zip(boxes, starts)]
    cameras = [nominal_camera(image) for image in cut]
    readings = reader.read(cut, cameras, regions, sides)
    percent = []
    for reading, points, box in zip(readings, moved, boxes):
        shown = points[:, 0] >= 0
        off = np.linalg.norm(reading.pixels - points, axis=1)[shown]
        percent.append(100 * off.mean() / box[2])
    return np.array(percent)


def _photo_figures(percent):
    if not len(percent):
        return {"images": 0}
    return {
        "images": len(percent),
        "2d_percent_mean": round(float(np.mean(percent)), 2),
        "2d_percent_median": round(float(np.median(percent)), 2),
    }


def _grey(image):
    return cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)


def _dark(image):
    return np.uint8(255 * (image / 255) ** _DARK)


def recording_errors(reader, recording):
    """Errors with boxes made from the labels, all cameras."""
    frames, errors = _labelled_frames(recording), []
    for camera in recording.cameras:
        for start in range(0, len(frames), _BATCH):
            some = frames[start : start + _BATCH]
            images = [image for _, image in recording.frames(camera.name, some)]
            joints = [recording.hands(frame)[0].joints for frame in some]
            pixels = [camera.project(points) for points in joints]
            boxes = [square_box(points) for points in pixels]
            sides = [recording.hands(frame)[0].side for frame in some]
            count = len(some)
            readings = reader.read(
                images, [camera] * count, list(map(Region, boxes)), sides
            )
            errors.append(_errors_of(camera, readings, joints, pixels, boxes))
    return {**_means(errors), "constant articulation": _constants(recording, frames)}


def mediapipe_errors(network, recording):
    """Errors of MediaPipe's landmark network, of both kinds of its 3D landmarks."""
    errors = {}
    for camera in recording.cameras:
        for frame, image in recording.frames(camera.name, _labelled_frames(recording)):
            joints = recording.hands(frame)[0].joints
            pixels = camera.project(joints)
            found, box = network(image, pixels), square_box(pixels)
            for name, pose in found.joints_in_space.items():
                reading = types.SimpleNamespace(joints=pose, pixels=found.pixels)
                of_pose = _errors_of(camera, [reading], [joints], [pixels], [box])
                errors.setdefault(name, []).append(of_pose)
    return {name: _means(of_pose) for name, of_pose in errors.items()}


def _constants(recording, frames):
    """PA-MPJPE of one articulation, fitted to these frames and to all others."""
    every = [f for f in range(recording.num_frames) if recording.hands(f)]
    own, other = (
        np.stack([recording.hands(frame)[0].joints for frame in some])
        for some in (frames, sorted(set(every) - set(frames)) or frames)
    )
    return {
        "pa_of_themselves": _constant(own, own),
        "pa_of_others": _constant(other, own),
    }


def _constant(known, poses):
    shape = np.broadcast_to(mean_articulation(known), poses.shape)
    return round(float(_pose_errors(shape, poses)["pa_mpjpe"].mean()), 2)


def tracking_errors(reader, recording):
    """Errors and fraction of found hands over whole videos, without any box."""
    labelled, errors, found, total = set(_labelled_frames(recording)), [], 0, 0
    side = recording.hands(min(labelled))[0].side
    for camera in recording.cameras:
        track = HandTracker(reader, (side,))
        with_hand = {f for f in range(recording.num_frames) if recording.hands(f)}
        for frame, image in recording.frames(camera.name, range(recording.num_frames)):
            hands = track(image, camera)
            if frame in with_hand:
                joints = recording.hands(frame)[0].joints
                pixels = camera.project(joints)
                box = square_box(pixels)
                seen = hands and _percent(hands[0][-1], pixels, box) < 25
                found, total = found + bool(seen), total + 1
                if seen and frame in labelled:
                    reading = [hands[0][-1]]
                    errors.append(
                        _errors_of(camera, reading, [joints], [pixels], [box])
                    )
    return {"found_percent": round(100 * found / total, 2), **_means(errors)}


def _labelled_frames(recording):
    frames = [f for f in range(recording.num_frames) if recording.hands(f)]
    low, high = (round(float(part) * len(frames)) for part in _FRACTION.value)
    return frames[low:high]


def _errors_of(camera, readings, joints, pixels, boxes):
    predicted = np.stack([reading.joints for reading in readings])
    true = np.stack([(points - points[0]) @ camera.R.T for points in joints])
    percent = [_percent(*item) for item in zip(readings, pixels, boxes)]
    return {**_pose_errors(predicted, true), "2d_percent": np.array(percent)}


def _percent(reading, pixels, box):
    return 100 * np.linalg.norm(reading.pixels - pixels, axis=1).mean() / box[2]


def _pose_errors(predicted, true):
    """`errors_of_each` of poses of which each joint counts, without the unit."""
    relative = (poses - poses[:, :1] for poses in (true, predicted))
    errors = errors_of_each(*relative, np.ones(true.shape[:2], bool))
    return {name.removesuffix("_mm"): values for name, values in errors.items()}


def _means(errors):
    joined = {key: np.concatenate([e[key] for e in errors]) for key in errors[0]}
    means = {key: round(float(values.mean()), 2) for key, values in joined.items()}
    return {"images": len(joined["pa_mpjpe"]), **means}


if __name__ == "__main__":
    app.run(main)
