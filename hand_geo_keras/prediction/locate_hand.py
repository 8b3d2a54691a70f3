"""Where in space a wrist-relative pose must be to fill the boxes it was seen in."""

from collections.abc import Sequence

import numpy as np

from hand_geo_keras.geometry.boxes import square_box
from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.geometry.lenses import lens_points_by_place

DEFAULT_MARGIN = 0.4


def locate_hand(
    pose: np.ndarray,
    cameras: Sequence[Camera],
    boxes: np.ndarray,
    margin: float = DEFAULT_MARGIN,
) -> np.ndarray:
    """Places a hand so that its projected joints have the given boxes.

    A model of crops tells the shape of the hand, not its place; the box tells the
    place: its centre the direction, its size the distance. So the result is only as
    good as box and size of the hand: with one view, a box or hand 10 % too large
    means a distance 10 % too small or large. Several views locate the hand by the
    directions to it, and hardly depend on sizes.

    Args:
        pose: `[21, 3]` wrist-relative pose in mm, in the world's axes.
        cameras: One or more `Camera` objects.
        boxes: `[V, 3]` boxes `(centre x, centre y, side)` in the cameras' pixels, as
            `square_box` would make them from the true joints.
        margin: Margin of these boxes.

    Returns:
        `[3]` float64 position of the wrist in mm, world frame; NaN where no place in
        front of all cameras fits.

    Example:
        ```python
        wrist = locate_hand(pose, [camera], [(320, 240, 90)])
        pixels = camera.project(pose + wrist)
        ```
    """
    pose = np.asarray(pose, np.float64)
    boxes = np.asarray(boxes, np.float64).reshape(-1, 3)
    start = np.mean(
        [_guess(pose, camera, box, margin) for camera, box in zip(cameras, boxes)], 0
    )
    nearest = np.min([camera.to_camera(pose + start)[:, 2] for camera in cameras])
    if not nearest > 0:
        return np.full(3, np.nan)

    rotated = [pose @ camera.R.T for camera in cameras]
    views = list(zip(cameras, rotated, boxes))

    def residuals(wrist):
        return np.concatenate(
            [
                _box(*_see(wrist, camera, hand), margin)[0] - box
                for camera, hand, box in views
            ]
        )

    def jacobian(wrist):
        return np.concatenate(
            [_box(*_see(wrist, camera, hand), margin)[1] for camera, hand, _ in views]
        )

    # A box jumps where another joint becomes the outermost: so a soft loss is no use,
    # but steps must not leave the volume in front of the cameras.
    scale = max(np.ptp(pose), 1.0)
    # It takes half a second to import, and models with named points do without.
    from scipy.optimize import least_squares

    solution = least_squares(residuals, start, jacobian, method="lm", x_scale=scale)
    depths = [camera.to_camera(pose + solution.x)[:, 2].min() for camera in cameras]
    return solution.x if min(depths) > 0 else np.full(3, np.nan)


def _guess(pose, camera, box, margin):
    """Weak perspective: all joints at one depth."""
    rotated = pose @ camera.R.T
    extent = np.ptp(rotated[:, :2], axis=0).max()
    focal = (camera.K[0, 0] + camera.K[1, 1]) / 2
    depth = focal * extent / (box[2] / (1 + margin))
    centre = (rotated.min(0) + rotated.max(0)) / 2
    return camera.unproject(box[:2], depth) - centre @ camera.R


def _see(wrist, camera, hand):
    """Pixels `[21, 2]` of a hand in the camera's axes, and `[21, 2, 3]` by the wrist.

    Points that a step puts behind the camera stay just in front of it.
    """
    in_camera = hand + (camera.R @ wrist + camera.t)
    in_camera[:, 2] = np.maximum(in_camera[:, 2], 1.0)
    seen, by_place = lens_points_by_place(in_camera, camera.distortion, camera.lens)
    K = camera.K[:2, :2]
    return seen @ K.T + camera.K[:2, 2], K @ by_place @ camera.R


def _box(pixels, by_wrist, margin):
    """`square_box` of pixels `[N, 2]`, and its derivative `[3, 3]` by the wrist."""
    axes = np.arange(2)
    low, high = pixels.argmin(0), pixels.argmax(0)
    by_low, by_high = by_wrist[low, axes], by_wrist[high, axes]  # [2, 3]
    longer = np.argmax(pixels[high, axes] - pixels[low, axes])
    by_side = (by_high - by_low)[longer] * (1 + margin)
    return square_box(pixels, margin), np.stack([*(by_low + by_high) / 2, by_side])


def locate_by_pixels(
    pose: np.ndarray,
    camera: Camera,
    pixels: np.ndarray,
    weights: np.ndarray | None = None,
) -> np.ndarray:
    """Places a hand so that its joints project to where they were seen.

    The point-to-ray distances are linear in the wrist's position: no iteration, no
    start. Distance is only as right as the hand's size.

    Args:
        pose: `[21, 3]` wrist-relative pose in mm, in the world's axes.
        camera: `Camera`.
        pixels: `[21, 2]` joints in the camera's image.
        weights: `[21]` weight of each joint, all alike if None.

    Returns:
        `[3]` float64 position of the wrist in mm, world frame; NaN where a joint would
        lie behind the camera.

    Example:
        ```python
        wrist = locate_by_pixels(reading.joints, camera, reading.pixels)
        ```
    """
    pose = np.asarray(pose, np.float64) @ camera.R.T
    ideal = camera.undistort(np.asarray(pixels, np.float64))
    rays = np.c_[ideal, np.ones(len(ideal))] @ np.linalg.inv(camera.K).T
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    # Projectors onto the plane across each ray: P (pose + wrist) = 0.
    across = np.eye(3) - rays[:, :, None] * rays[:, None]
    if weights is not None:
        across = across * np.asarray(weights, np.float64)[:, None, None]
    wrist = np.linalg.solve(across.sum(0), -np.einsum("jik,jk->i", across, pose))
    if (pose + wrist)[:, 2].min() <= 0:
        return np.full(3, np.nan)
    return (wrist - camera.t) @ camera.R
