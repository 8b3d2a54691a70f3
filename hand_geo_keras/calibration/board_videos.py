"""The videos of a board, one per camera, and the board in every frame of them."""

import concurrent.futures
import dataclasses
import functools
import os
import threading
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from hand_geo_keras.calibration.board import Board
from hand_geo_keras.calibration.detect_board import BoardDetector
from hand_geo_keras.errors import RecordingError
from hand_geo_keras.recordings.calibration_files.rig_json import VIDEO_SUFFIXES
from hand_geo_keras.recordings.frame_sources import check_frame_rates, open_frames
from hand_geo_keras.recordings.image_file import is_image_file
from hand_geo_keras.recordings.sharpness import sharpness


@dataclasses.dataclass
class BoardTrack:
    """The board as one camera saw it over time.

    Args:
        name: Name of the camera.
        path: Its video or folder of images.
        resolution: `(width, height)`.
        fps: Frames per second, None for images.
        num_frames: Frames that were searched.
        unread: Later frames, which were not searched.
        unreadable: Number of frames that could not be decoded.
        views: dict from frame to `BoardView`, ascending.
        sharpness: dict from frame to the board's sharpness, see `sharpness`.
        example: `[H, W]` uint8 grey image with the sharpest board.
    """

    name: str
    path: Path
    resolution: tuple[int, int]
    fps: float | None
    num_frames: int
    unread: int = 0
    unreadable: int = 0
    views: dict = dataclasses.field(default_factory=dict)
    sharpness: dict = dataclasses.field(default_factory=dict)
    example: np.ndarray | None = None

    @functools.cached_property
    def speed(self) -> dict[Any, Any]:
        """dict from frame to the board's motion in pixels a frame.

        0 where no neighbouring frame shows the board, as in photos of single poses.
        """
        return {frame: self._speed(frame) for frame in self.views}

    def _speed(self, frame):
        return max(
            _motion(self.views[frame], self.views[near])
            if (near := frame + step) in self.views
            else 0.0
            for step in (-1, 1)
        )


def _motion(view, other):
    _, mine, theirs = np.intersect1d(view.ids, other.ids, return_indices=True)
    if not len(mine):
        return 0.0
    steps = view.pixels[mine] - other.pixels[theirs]
    return float(np.median(np.linalg.norm(steps, axis=1)))


def open_board_videos(folder: str | Path) -> dict[Any, Any]:
    """Opens the videos of a board, named like their cameras.

    Args:
        folder: Folder with one video, or one folder of numbered images, per camera.

    Returns:
        dict from camera name to `VideoFrames` or `ImageFrames`, by name.

    Raises:
        RecordingError: If there is none, one cannot be read, or frame rates differ.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise RecordingError(
            f"{folder}: is no folder; give the one that holds a video of the board per "
            "camera, such as cam0.mp4 and cam1.mp4."
        )
    found = sorted(path for path in folder.iterdir() if _may_be_camera(path))
    if not found:
        raise RecordingError(
            f"{folder}: holds no video of a board; put one per camera there, such as "
            f"cam0.mp4 and cam1.mp4 ({', '.join(VIDEO_SUFFIXES)}), or one folder of "
            f"numbered images per camera. Received: {_some_names(folder)}"
        )
    sources = {}
    for path in found:
        name = path.name if path.is_dir() else path.stem
        if name in sources:
            raise RecordingError(
                f"{path}: is of camera {name!r} like {sources[name].path.name}; keep "
                "one of them."
            )
        sources[name] = open_frames(path)
    check_frame_rates(sources)
    return sources


def _may_be_camera(path):
    if path.name.startswith("."):
        return False
    if path.is_dir():
        return any(map(is_image_file, path.iterdir()))
    return path.suffix.lower() in VIDEO_SUFFIXES


def _some_names(folder):
    return sorted(path.name for path in folder.iterdir())[:6]


def track_board(
    sources: Any, board: Board, max_frames: int = 6000, progress: bool = True
) -> list[BoardTrack]:
    """Searches the frames of all cameras for a board.

    Args:
        sources: What `open_board_videos` returned.
        board: `Board`.
        max_frames: Frames per camera to search; later ones are counted in `unread`.
        progress: Whether to show a progress bar.

    Returns:
        list of `BoardTrack`, in the order of `sources`.
    """
    frames = {name: frames_of(source) for name, source in sources.items()}
    total = sum(min(max_frames, len(present)) for present in frames.values())
    # Decoder and detector release Python's lock.
    workers = min(len(sources), os.cpu_count() or 1)
    stop = threading.Event()
    with (
        tqdm(total=total, desc="board", unit="frame", disable=not progress) as bar,
        concurrent.futures.ThreadPoolExecutor(workers) as pool,
    ):
        jobs = [
            pool.submit(
                _track, name, source, frames[name], board, max_frames, bar, stop
            )
            for name, source in sources.items()
        ]
        try:
            return [job.result() for job in jobs]
        except BaseException:
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise


def frames_of(source: Any) -> list[int]:
    """Frames that a source has: images may be numbered from anywhere, with gaps."""
    missing = source.missing
    return [frame for frame in range(source.num_frames) if frame not in missing]


def _track(name, source, present, board, max_frames, bar, stop):
    count = min(max_frames, len(present))
    unread = len(present) - count
    track = BoardTrack(name, source.path, source.resolution, source.fps, count, unread)
    detect = BoardDetector(board)
    best = 0.0
    for frame, image in source.read(present[:count]):
        if stop.is_set():
            break
        bar.update()
        if image is None:
            track.unreadable += 1
            continue
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        view = detect(grey)
        if view is None:
            continue
        track.views[frame] = view
        track.sharpness[frame] = sharpness(_cut_out(grey, view.pixels))
        if track.sharpness[frame] * len(view.ids) > best:
            best = track.sharpness[frame] * len(view.ids)
            track.example = grey
    return track


def _cut_out(grey, pixels):
    (left, top), (right, bottom) = pixels.min(0), pixels.max(0)
    return grey[max(0, int(top)) : int(bottom) + 2, max(0, int(left)) : int(right) + 2]
