"""The crop's own pinhole camera, which looks straight at the hand's centre."""

import dataclasses

import cv2
import numpy as np

from hand_geo_keras.geometry.rotations import looking_along, roll_matrix


@dataclasses.dataclass(frozen=True)
class VirtualCamera:
    """Distortion-free square camera at a real camera's place, turned to the hand.

    A crop away from the image centre sees the hand under another angle than the
    camera's axis says. The virtual camera removes that: it keeps the camera's
    centre and turns the optical axis onto the box centre, so that rotations
    between views are rotations of what the crops show.

    Args:
        K: `[3, 3]` float64 intrinsic matrix in crop pixels, one focal length,
            principal point at the crop's centre.
        R: `[3, 3]` float64 rotation from the world to the virtual camera.
        t: `[3]` float64 translation in mm; `x_virtual = R X + t`.
        size: Side of the square crop in pixels.

    Example:
        >>> import numpy as np
        >>> from hand_geo_keras.geometry.cameras import Camera
        >>> K = np.array([[500.0, 0, 160], [0, 500, 120], [0, 0, 1]])
        >>> camera = Camera("c", K, np.zeros(5), np.eye(3), np.zeros(3), (320, 240))
        >>> crop = virtual_camera(camera, box=(260, 120, 80), size=64)
        >>> ray = camera.unproject(np.array([260.0, 120.0]), 1000.0)
        >>> crop.project(ray).round(6).tolist()
        [31.5, 31.5]

    Reference:
        Rhodin et al., ECCV 2018 (perspective correction); closed form as in Yu,
        Salzmann, Fua, Rhodin, "PCLs", CVPR 2021.
    """

    K: np.ndarray
    R: np.ndarray
    t: np.ndarray
    size: int

    def to_camera(self, points):
        """Transforms world points `[A1, ..., An, 3]` in mm to the virtual camera."""
        return np.asarray(points, np.float64) @ self.R.T + self.t

    def project(self, points):
        """Projects world points `[..., 3]` in mm to crop pixels `[..., 2]`."""
        in_camera = self.to_camera(points)
        ideal = in_camera[..., :2] / in_camera[..., 2:]
        return ideal @ self.K[:2, :2].T + self.K[:2, 2]

    def rolled(self, angle):
        """The same camera after an in-plane rotation of its picture by `angle` rad."""
        roll = roll_matrix(np.float64(angle))
        return dataclasses.replace(self, R=roll @ self.R, t=roll @ self.t)

    def with_size(self, size):
        """The same camera with another crop size at the same scale, same centre."""
        K = self.K.copy()
        K[:2, 2] = (size - 1) / 2
        return dataclasses.replace(self, K=K, size=int(size))


def virtual_camera(camera, box, size):
    """Makes the virtual camera of a square box in a real camera's image.

    Args:
        camera: The real `Camera`.
        box: `(centre x, centre y, side)` in the camera's (distorted) pixels.
        size: Side of the square crop in pixels.

    Returns:
        A `VirtualCamera` of focal length `f |p| size / side`, where `p` is the
        ray through the box centre; `|p|` makes up for the longer way off-axis.

    Raises:
        ValueError: If the box has no positive side or is not finite.
    """
    center_x, center_y, side = np.asarray(box, np.float64)
    if not (side > 0 and np.isfinite([center_x, center_y, side]).all()):
        raise ValueError(
            "A crop box must be finite (centre x, centre y, side) with a positive "
            f"side. Received: box={tuple(map(float, box))}"
        )
    ideal = camera.undistort(np.array([center_x, center_y]))
    ray = np.linalg.inv(camera.K) @ np.array([*ideal, 1.0])
    turn = looking_along(ray)
    focal = (camera.K[0, 0] + camera.K[1, 1]) / 2
    focal *= np.linalg.norm(ray) * size / side
    middle = (size - 1) / 2
    K = np.array([[focal, 0, middle], [0, focal, middle], [0, 0, 1]])
    return VirtualCamera(K, turn @ camera.R, turn @ camera.t, int(size))


def homography(camera, crop):
    """Homography from the camera's undistorted pixels to the crop's pixels.

    Args:
        camera: The real `Camera`.
        crop: A `VirtualCamera` at the same place.

    Returns:
        `[3, 3]` float64 `H = K_virtual R_original→virtual K⁻¹`.
    """
    return crop.K @ crop.R @ camera.R.T @ np.linalg.inv(camera.K)


def warp_crop(image, camera, crop):
    """Resamples a camera's image into a virtual camera's crop.

    Removes the lens distortion and applies `homography` in a single bilinear
    interpolation. Where the crop is coarser than the image it is sampled finer
    first and then averaged, so that small crops are free of aliasing. Outside the
    image the border is repeated.

    Args:
        image: `[H, W, C]` uint8 image of the camera (with its distortion).
        camera: The `Camera` that took the image.
        crop: The `VirtualCamera` to look through.

    Returns:
        `[size, size, C]` uint8 crop.
    """
    return warp_crops([image], camera, crop)[0]


def warp_crops(images, camera, crop):
    """`warp_crop` of several images, which share the work that is the same for all.

    Args:
        images: List of `[H, W, C]` uint8 images of the camera.
        camera: The `Camera` that took the images.
        crop: The `VirtualCamera` to look through.

    Returns:
        List of `[size, size, C]` uint8 crops.
    """
    focal = (camera.K[0, 0] + camera.K[1, 1]) / 2
    samples = max(1, round(float(focal / crop.K[0, 0])))
    pixels = _camera_pixels(camera, crop, samples).astype(np.float32)
    return [_sampled(image, pixels, crop.size) for image in images]


def _sampled(image, pixels, size):
    fine = cv2.remap(
        image,
        pixels[..., 0],
        pixels[..., 1],
        interpolation=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    if len(fine) == size:
        return fine
    return cv2.resize(fine, (size, size), interpolation=cv2.INTER_AREA)


def _camera_pixels(camera, crop, samples):
    """Camera pixel `[size * samples, size * samples, 2]` that each sample looks at."""
    axis = (np.arange(crop.size * samples) + 0.5) / samples - 0.5
    u, v = np.meshgrid(axis, axis)
    rays = np.stack([u, v, np.ones_like(u)], -1) @ np.linalg.inv(crop.K).T
    # Camera and crop share their centre: rays only turn, whatever their length.
    return camera.project(rays @ crop.R + camera.center)
