"""Where a camera's frames come from: a video, or a folder of images."""

from pathlib import Path
from typing import Any

import numpy as np

from hand_geo_keras.errors import RecordingError
from hand_geo_keras.recordings.image_frames import PLACEHOLDER, ImageFrames
from hand_geo_keras.recordings.video_frames import VideoFrames

_MAX_RATE_DIFFERENCE = 0.005
_TIMED_FRAMES = 600
# Intervals that are this much longer than usual are no jitter.
_LONG, _MAX_LONG = 1.5, 0.02


def open_frames(path: Path) -> Any:
    """Opens the frames of one camera.

    Args:
        path: `pathlib.Path` of a video, of a folder of numbered images, or a pattern of
            such images, like `cam0/frame_%06d.png`.

    Returns:
        `VideoFrames` or `ImageFrames`.

    Raises:
        RecordingError: If nothing is there or it cannot be decoded.

    Example:
        ```python
        frames = open_frames(Path("rgb/cam0"))
        ```
    """
    if path.is_dir():
        return ImageFrames(path)
    if PLACEHOLDER.search(path.name) and not path.is_file():
        return ImageFrames(path.parent, path.name)
    return VideoFrames(path)


def check_frame_rates(sources: dict[Any, Any]) -> None:
    """Refuses cameras whose frames with the same number are not of the same instant.

    Args:
        sources: dict from camera name to `VideoFrames` or `ImageFrames`.

    Raises:
        RecordingError: If frame rates differ by more than 0.5 %, or vary within a
            video; says how to mend it.
    """
    rates = {}
    for name, source in sources.items():
        times = source.frame_times_ms(_TIMED_FRAMES)
        _check_regular(name, source, times)
        if source.fps is not None:
            rates[name] = _measured_rate(times) or source.fps
    if not rates:
        return
    slow, fast = min(rates, key=rates.__getitem__), max(rates, key=rates.__getitem__)
    if rates[fast] > rates[slow] * (1 + _MAX_RATE_DIFFERENCE):
        file = sources[fast].path.name
        raise RecordingError(
            f"{sources[slow].path}: has {rates[slow]:.4g} frames per second but "
            f"{sources[fast].path} has {rates[fast]:.4g}, so frames of the same number "
            "are not of the same instant; bring all videos to one rate, for example: "
            f"ffmpeg -i {file} -vf fps={rates[slow]:.4g} -c:v libx264 -crf 12 "
            f"new_{file}"
        )


def _measured_rate(times):
    """Frames per second from time stamps, None if there are too few."""
    if len(times) < 10:
        return None
    return 1000 * (len(times) - 1) / (times[-1] - times[0])


def _check_regular(name, source, times):
    if len(times) < 10:
        return
    steps = np.diff(times)
    step = np.median(steps)
    long = steps > _LONG * step
    if step > 0 and long.mean() > _MAX_LONG:
        file = source.path.name
        raise RecordingError(
            f"{source.path}: camera {name!r} has a variable frame rate ({long.sum()} "
            f"of the first {len(steps)} intervals are longer than {_LONG} x {step:.3g} "
            "ms), so frames of the same number are not of the same instant; resample "
            f"it by its time stamps: ffmpeg -i {file} -vf fps={1000 / step:.4g} -c:v "
            f"libx264 -crf 12 new_{file}"
        )
