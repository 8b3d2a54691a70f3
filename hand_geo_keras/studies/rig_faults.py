"""How large a fault of a rig must be for `check_rig` to find it.

    python examples/tools/rig_faults.py --out_dir=examples/results/reliability

Renders small rigs of three webcams around a gesturing hand (320 x 240, 30 frames/s),
encodes their videos, injects each fault into the second camera at several sizes, and
runs the check that `hand-geo check` runs. A fault counts as found if the right check
names the right camera; whatever else is found beside it is counted as well, and what is
found in the healthy rigs, also in those whose hand rests.
"""

import dataclasses
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from matplotlib.figure import Figure

from hand_geo_keras.geometry import Camera
from hand_geo_keras.recordings import open_recording, write_rig
from hand_geo_keras.recordings.rig_check import Finding, check_rig
from hand_geo_keras.synthetic.webcam_rig import WebcamRig, render_webcam_rig

_FAULTY = 1  # index of the camera that gets the fault
_IMAGE_CHECKS = (
    *("black frames", "frozen frames", "repeated frames", "dropped frames"),
    *("synchronisation of images", "calibration of images"),
)
# Frames that were inserted are repeated ones, and what follows is late.
_DOUBLED = ("repeated frames", "dropped frames")


@dataclasses.dataclass(frozen=True)
class Fault:
    """A kind of fault.

    Args:
        name: What it is.
        unit: Of its sizes.
        sizes: Numbers that are tried.
        checks: Names of the checks of which one must find it.
        order: Function `(number of frames, size) -> frames of the faulty video`.
        cameras: Function `(cameras, size) -> cameras` as they are written.
        is_black: Whether so many of its frames are black.
    """

    name: str
    unit: str
    sizes: tuple[float, ...]
    checks: tuple[str, ...]
    order: Callable[[int, int], np.ndarray] | None = None
    cameras: Callable[[list[Camera], float], list[Camera]] | None = None
    is_black: bool = False


def _lost(count, size):
    return np.r_[: count // 2, count // 2 + size : count]


def _doubled(count, size):
    half = count // 2
    return np.r_[:half, np.full(size, half - 1), half : count - size]


def _frozen(count, size):
    order = np.arange(count)
    order[count // 2 : count // 2 + size] = count // 2 - 1
    return order


def _exchanged(cameras, _):
    a, b = cameras[0], cameras[_FAULTY]
    a, b = dataclasses.replace(b, name=a.name), dataclasses.replace(a, name=b.name)
    return [a, b, *cameras[2:]]


def _turned(cameras, degrees):
    """Calibration of before the camera was turned about a slanted axis."""
    R = cv2.Rodrigues(np.radians(degrees) * np.array([0.7, 0.7, 0.14]))[0]
    return _changed(cameras, lambda c: dataclasses.replace(c, R=R @ c.R, t=R @ c.t))


def _moved(cameras, mm):
    step = mm * np.array([0.7, 0.7, 0.14])
    return _changed(
        cameras, lambda camera: dataclasses.replace(camera, t=camera.t + step)
    )


def _changed(cameras, change):
    return [change(c) if i == _FAULTY else c for i, c in enumerate(cameras)]


FAULTS = (
    Fault("late", "frames", (1, 2, 3, 5), (_IMAGE_CHECKS[4],), lambda n, k: np.r_[k:n]),
    Fault("dropped", "frames", (1, 2, 3, 5), ("dropped frames",), _lost),
    Fault("duplicated", "frames", (1, 2, 3), _DOUBLED, _doubled),
    Fault("frozen", "frames", (5, 10, 30, 90), ("frozen frames",), _frozen),
    Fault("black", "frames", (1, 3, 10), ("black frames",), is_black=True),
    Fault("exchanged", "", (1,), (_IMAGE_CHECKS[5],), cameras=_exchanged),
    Fault("turned", "degrees", (1, 2, 4, 8), (_IMAGE_CHECKS[5],), cameras=_turned),
    Fault("moved", "mm", (15, 30, 60, 120), (_IMAGE_CHECKS[5],), cameras=_moved),
)


def rig_fault_rows(
    seeds: Sequence[int] = (0, 1, 2),
    num_frames: int = 180,
    faults: Sequence[Fault] = FAULTS,
) -> Iterator[dict[str, Any]]:
    """Injects faults into rendered rigs and checks them.

    Args:
        seeds: Seeds of the rigs.
        num_frames: Frames of each.
        faults: What to inject.

    Yields:
        dict per fault and size: `fault`, `size`, `unit`, `tried`, `found`, and
        `others`, the number of rigs in which something else was found as well. The rows
        `healthy` and `healthy, hand at rest` come first: there `found` counts false
        alarms.

    Example:
        ```python
        for row in rig_fault_rows(seeds=(0,)):
            print(row["fault"], row["size"], row["found"], "of", row["tried"])
        ```
    """
    rigs = [render_webcam_rig(num_frames, seed=seed) for seed in seeds]
    still = [
        render_webcam_rig(num_frames, seed=100 + seed, moves=False) for seed in seeds
    ]
    for name, healthy in (("healthy", rigs), ("healthy, hand at rest", still)):
        alarms = [bool(_alarms(rig, None, 0)) for rig in healthy]
        yield _row(name, 0, "", len(alarms), sum(alarms), 0)
    for fault in faults:
        for size in fault.sizes:
            found = [_found(rig, fault, _alarms(rig, fault, size)) for rig in rigs]
            right, others = (sum(values) for values in zip(*found))
            yield _row(fault.name, size, fault.unit, len(rigs), right, others)


def _row(fault, size, unit, tried, found, others):
    return {
        **{"fault": fault, "size": size, "unit": unit},
        **{"tried": tried, "found": int(found), "others": int(others)},
    }


def _found(rig, fault, alarms):
    """`(whether the fault is among the alarms, whether anything else is)`."""
    name = rig.cameras[_FAULTY].name
    right = [f for f in alarms if f.check in fault.checks and _names(f, name)]
    return bool(right), len(alarms) > len(right)


def _names(finding: Finding, camera: str) -> bool:
    return finding.camera == camera or camera in finding.message


def _alarms(rig: WebcamRig, fault: Fault | None, size: float) -> list[Finding]:
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder), rig, fault, size)
        report = check_rig(open_recording(folder), num_frames=0)
    return [
        finding
        for finding in report.findings
        if finding.level != "ok" and finding.check in _IMAGE_CHECKS
    ]


def _write(folder, rig, fault, size):
    faulty = rig.cameras[_FAULTY].name
    for name, images in rig.images.items():
        shown = images
        if fault is not None and name == faulty:
            if fault.order is not None:
                shown = images[fault.order(len(images), int(size))]
            if fault.is_black:
                shown = images.copy()
                shown[len(images) // 2 :][: int(size)] = 0
        _write_video(folder / f"{name}.mp4", shown, rig.fps)
    cameras = list(rig.cameras)
    if fault is not None and fault.cameras is not None:
        cameras = fault.cameras(cameras, size)
    videos = {camera.name: f"{camera.name}.mp4" for camera in cameras}
    write_rig(folder, cameras, videos, rig.fps)


def _write_video(path, images, fps):
    size = images.shape[2], images.shape[1]
    video = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), fps, size)
    for image in images:
        video.write(np.ascontiguousarray(image[..., ::-1]))
    video.release()


def rig_fault_figure(rows: Sequence[dict[str, Any]]) -> Figure:
    """Detection rate against size, one panel per fault.

    Args:
        rows: What `rig_fault_rows` yielded.

    Returns:
        `matplotlib.figure.Figure`.
    """
    healthy = [row for row in rows if row["fault"].startswith("healthy")]
    names = list(dict.fromkeys(r["fault"] for r in rows if r not in healthy))
    figure = Figure(figsize=(1.55 * len(names), 2.4), layout="constrained")
    panels = figure.subplots(1, len(names), sharey=True, squeeze=False)[0]
    for panel, name in zip(panels, names):
        of_fault = [row for row in rows if row["fault"] == name]
        rates = [100 * row["found"] / row["tried"] for row in of_fault]
        places = range(len(of_fault))
        panel.bar(places, rates, color="#4477aa", width=0.7)
        panel.set_xticks(places, [f"{row['size']:g}" for row in of_fault])
        panel.set_title(name, fontsize=9)
        unit = of_fault[0]["unit"]
        panel.set_xlabel(unit, fontsize=8)
        panel.tick_params(labelsize=8)
        panel.set_ylim(0, 105)
    panels[0].set_ylabel("found, %", fontsize=8)
    alarms = sum(row["found"] for row in healthy)
    tried = sum(row["tried"] for row in healthy)
    figure.suptitle(
        f"Faults of one of three cameras that check finds; false alarms in {alarms} of "
        f"{tried} healthy rigs",
        fontsize=10,
    )
    return figure
