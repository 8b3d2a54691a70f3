"""Checks that look at all images: faults of frames, of time and of the calibration."""

import dataclasses
from collections.abc import Iterator

import numpy as np

from hand_geo_keras.recordings.recording import Recording
from hand_geo_keras.recordings.rig_check.calibration_faults import (
    check_moved_cameras,
    mended_cameras,
)
from hand_geo_keras.recordings.rig_check.finding import Finding
from hand_geo_keras.recordings.rig_check.frame_faults import (
    check_frame_faults,
    frame_faults,
    without_faults,
)
from hand_geo_keras.recordings.rig_check.frame_scan import CameraScan, scan_frames
from hand_geo_keras.recordings.rig_check.image_shifts import check_shifts, frame_shifts


def check_images(
    recording: Recording, max_frames: int | None = None
) -> Iterator[Finding]:
    """Findings from the images of all cameras, without finding a hand in them.

    Black, frozen and repeated frames are told by themselves; cameras that run apart,
    lose frames, have another's calibration or were moved are told by where and when
    they see motion, see `EpipolarMotion`.

    Args:
        recording: `Recording`.
        max_frames: Frames per camera to look at, see `scan_frames`.

    Yields:
        `Finding`.
    """
    scans = scan_frames(recording, max_frames)
    if not any(scan.known.any() for scan in scans.values()):
        count = max(len(scan.known) for scan in scans.values())
        yield Finding(
            "images",
            "warning",
            f"no camera has an image among the first {count} instants",
            "number the images from 0 on, or look through more of them (--scan=N).",
        )
        return
    faults = frame_faults(scans)
    yield from check_frame_faults(faults)
    if len(recording.cameras) < 2:
        return
    scans = {name: without_faults(scan, faults[name]) for name, scan in scans.items()}
    mended = mended_cameras(recording.cameras, scans)
    if mended.finding:
        yield mended.finding
    shifts = frame_shifts(mended.cameras, scans)
    yield from check_shifts(recording, mended.cameras, shifts)
    if shifts is not None and not mended.finding:
        scans = {
            camera.name: _shifted(scans[camera.name], path)
            for camera, path in zip(recording.cameras, shifts)
        }
        yield from check_moved_cameras(recording.cameras, scans)


def _shifted(scan: CameraScan, path: np.ndarray) -> CameraScan:
    """A scan in step with the others."""
    at = np.arange(len(path)) + path
    inside = (at >= 0) & (at < len(path))
    at = np.clip(at, 0, len(path) - 1)
    return dataclasses.replace(
        scan, thumbs=scan.thumbs[at], known=scan.known[at] & inside
    )
