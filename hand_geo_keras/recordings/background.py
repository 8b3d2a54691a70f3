"""One background image per static camera."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from tqdm import tqdm

from hand_geo_keras.errors import RecordingError
from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.recordings.hand_region import hand_region
from hand_geo_keras.recordings.recording import Recording

# This fraction of the frames has no known hand region; they are used for pixels that
# are behind a hand in all frames with a known one.
_UNKNOWN_FRACTION = 0.2
_ROWS_PER_BLOCK = 32
# Larger than any pixel value, so that left-out samples sort to the end.
_LEFT_OUT = 256


def median_backgrounds(
    recording: Recording,
    num_frames: int = 50,
    hand_margin: float = 0.3,
    progress: bool = False,
    cameras: Sequence[Camera] | None = None,
) -> dict[Any, Any]:
    """Background of every camera: the masked median of frames spread in time.

    A hand that rests in one place for half of the recording would stay in a plain
    median as a ghost. So pixels in a hand's region (see `hand_region`) are left out,
    and frames in which that region is known are preferred to those in which a hand
    may be anywhere. Where all frames show a hand the plain median stays; the number
    of such pixels is noted in `recording.problems`.

    Args:
        recording: `Recording` with static cameras.
        num_frames: Number of frames per camera to take the median of.
        hand_margin: Padding around the hand, relative to its projected size.
        progress: Whether to show a progress bar over the cameras.
        cameras: The `Camera`s to make one for; all of the recording if None.

    Returns:
        dict from camera name to uint8 RGB `[H, W, 3]`; equal for equal input.

    Raises:
        RecordingError: If no frame of a camera can be read.

    Example:
        ```python
        background = median_backgrounds(open_recording("desk_two_cam"))["cam0"]
        ```

    Reference:
        Rhodin et al., CVPR 2019 (NeuralSceneDecomposition): pixel-wise median of
        about 50 evenly spread frames per camera; leaving out the hands is our own.
    """
    cameras = recording.cameras if cameras is None else cameras
    return {
        camera.name: _camera_background(recording, camera, num_frames, hand_margin)
        for camera in tqdm(cameras, "backgrounds", disable=not progress)
    }


def _camera_background(recording, camera, num_frames, hand_margin):
    images, regions = [], []
    indices = _frames_to_use(recording, camera.name, num_frames)
    for index, image in recording.frames(camera.name, indices):
        if image is not None:
            images.append(image)
            regions.append(hand_region(recording, camera, index, hand_margin))
    if not images:
        raise RecordingError(
            f"{recording.path}: none of the {len(indices)} frames tried for the "
            f"background of camera {camera.name!r} can be read; replace its video."
        )
    background, num_uncovered = masked_median(images, regions)
    if num_uncovered:
        kind = f"{num_uncovered} background pixels always behind a hand"
        recording._report(kind, recording.path, camera=camera.name)
    return background


def _frames_to_use(recording, camera_name, num_frames):
    missing = recording.missing_frames[camera_name]
    present = [i for i in range(recording.num_frames) if i not in missing]
    labelled = set(recording.labelled_frames)
    known, unknown = [], []
    for index in present:
        is_known = index in labelled or recording.boxes(camera_name, index)
        (known if is_known else unknown).append(index)
    num_unknown = max(int(num_frames * _UNKNOWN_FRACTION), num_frames - len(known))
    num_unknown = min(num_unknown, len(unknown))
    return [*_spread(known, num_frames - num_unknown), *_spread(unknown, num_unknown)]


def _spread(indices, count):
    """`count` of the `indices`, evenly spread from the first to the last."""
    positions = np.linspace(0, len(indices) - 1, min(count, len(indices)))
    return [indices[position] for position in positions.round().astype(int)]


def masked_median(images: Any, regions: Any) -> tuple[Any, ...]:
    """Pixel-wise median that leaves out the hands.

    Args:
        images: N uint8 `[H, W, 3]` images.
        regions: N bool `[H, W]` masks, True on a hand; None where unknown.

    Returns:
        The uint8 `[H, W, 3]` median and the number of pixels without a sample
        outside a hand, where the plain median is taken.
    """
    height = images[0].shape[0]
    known = np.array([region is not None for region in regions])[:, None, None]
    free = np.ones((len(images), *images[0].shape[:2]), bool)
    for number, region in enumerate(regions):
        if region is not None:
            free[number] = ~region
    used = free & known
    used |= free & ~used.any(0)
    uncovered = ~used.any(0)
    used |= uncovered
    # Blocks of rows keep the sorted copy small for 50 full-HD frames.
    blocks = [
        _block_median([image[rows] for image in images], used[:, rows])
        for rows in (
            slice(top, top + _ROWS_PER_BLOCK)
            for top in range(0, height, _ROWS_PER_BLOCK)
        )
    ]
    return np.concatenate(blocks), int(uncovered.sum())


def _block_median(images, used):
    samples = np.where(used[..., None], np.stack(images), np.int16(_LEFT_OUT))
    samples = np.sort(samples, axis=0)
    count = used.sum(0)[None, ..., None]
    low = np.take_along_axis(samples, (count - 1) // 2, 0)[0]
    high = np.take_along_axis(samples, count // 2, 0)[0]
    return ((low + high + 1) // 2).astype(np.uint8)
