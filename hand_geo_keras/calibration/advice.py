"""What would make a calibration better, said with each weakness found."""

from collections.abc import Sequence
from typing import Any

from hand_geo_keras.calibration.board_calibration import CameraFit
from hand_geo_keras.calibration.board_videos import BoardTrack
from hand_geo_keras.calibration.frame_offsets import all_pairs

_MIN_COVERAGE = 0.5
_MAX_RMS_PX = 1.0
_MAX_FOCAL_STD = 0.005
_MAX_REMAINDER = 0.3
_WIDE_DEGREES = 110
_MIN_TOGETHER = 10


def calibration_warnings(
    tracks: Sequence[BoardTrack],
    fits: Sequence[CameraFit],
    pairs: dict[Any, Any],
    offsets: Any,
    remainders: dict[Any, Any],
    synchronised: Any,
) -> tuple[Any, ...]:
    """Sentences on weak calibrations, each with its remedy.

    Args:
        tracks: list of `BoardTrack`.
        fits: Sequence of `CameraFit`, in the same order.
        pairs: dict from pair of camera indices to `PairOffset`.
        offsets: dict from camera name to frame offset.
        remainders: dict from camera name to the rest of it, or None.
        synchronised: Whether the user said that the videos are.

    Returns:
        tuple of str.
    """
    warnings = []
    for fit in fits:
        warnings += _of_camera(fit)
    names = [track.name for track in tracks]
    warnings += _of_time(names, pairs, offsets, synchronised)
    for name, rest in (remainders or {}).items():
        if abs(rest) > _MAX_REMAINDER:
            warnings.append(
                f"{name} takes its frames {abs(rest):.1f} of a frame "
                f"{'later' if rest < 0 else 'earlier'} than {names[0]}: what moves is "
                "seen at two places; use cameras that can be triggered together, or a "
                "higher frame rate."
            )
    return tuple(warnings)


def _of_camera(fit):
    name = fit.camera.name
    if fit.coverage < _MIN_COVERAGE:
        yield (
            f"{name}: the board covered {fit.coverage:.0%} of the image; film it "
            "in all corners of the image, where lenses distort most."
        )
    if fit.rms_px > _MAX_RMS_PX:
        yield (
            f"{name}: corners miss by {fit.rms_px:.1f} px; glue the board to something "
            "flat, hold it still now and then, lock the focus, and use more light."
        )
    std = fit.lens_std[0] / fit.camera.K[0, 0]
    if std > _MAX_FOCAL_STD:
        yield (
            f"{name}: its focal length is open by {std:.1%}; tilt the board by 30 "
            "to 45 degrees to all sides, and show it near and far."
        )
    if fit.field_of_view > _WIDE_DEGREES:
        yield (
            f"{name}: has a field of view of {fit.field_of_view:.0f} degrees; fisheye "
            "lenses are not supported: undistort the videos first, or choose a "
            "narrower view in the camera's settings."
        )


def _of_time(names, pairs, offsets, synchronised):
    for a, b in all_pairs(len(names)):
        pair = pairs[a, b]
        if pair.shift is None:
            continue
        expected = offsets[names[b]] - offsets[names[a]]
        if not synchronised and pair.moves and pair.shift != expected:
            yield (
                f"{names[b]} alone fits {names[a]} best at a shift of {pair.shift} "
                f"frames, but with all cameras it is {expected}; a video may have lost "
                "frames: see its time stamps."
            )
        if 0 < pair.common < _MIN_TOGETHER:
            yield (
                f"{names[a]} and {names[b]} see the board together in {pair.common} "
                "frames only; film it longer where both see it."
            )
