"""The crop's own pinhole camera, which looks straight at the hand's centre."""

import dataclasses
import functools
from typing import Any

import cv2
import numpy as np

from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.geometry.rotations import looking_along, roll_matrix

# Where a lens distorts, camera pixels are computed this many samples apart, if what is
# interpolated between them is off by less than so many pixels.
_SPACINGS = (8, 2)
_MAX_ERROR = 0.05
_FAR_PIXEL = 1e6


@dataclasses.dataclass(frozen=True)
class VirtualCamera:
    """Distortion-free square camera at a real camera's place, rotated to the hand.

    A crop away from the image centre sees the hand under another angle than the
    camera's axis says. The virtual camera removes that: it keeps the camera's
    centre and rotates the optical axis onto the box centre, so that rotations
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

    @property
    def scale(self) -> float:
        """Half the crop's side over its focal length."""
        return float(self.size / 2 / self.K[0, 0])

    def to_camera(self, points: np.ndarray) -> Any:
        """Transforms world points `[A1, ..., An, 3]` in mm to the virtual camera."""
        return np.asarray(points, np.float64) @ self.R.T + self.t

    def project(self, points: np.ndarray) -> Any:
        """Projects world points `[..., 3]` in mm to crop pixels `[..., 2]`."""
        in_camera = self.to_camera(points)
        ideal = in_camera[..., :2] / in_camera[..., 2:]
        return ideal @ self.K[:2, :2].T + self.K[:2, 2]

    def rolled(self, angle: float) -> Any:
        """The same camera after an in-plane rotation of its image by `angle` rad."""
        roll = roll_matrix(np.float64(angle))
        return dataclasses.replace(self, R=roll @ self.R, t=roll @ self.t)

    def with_size(self, size: int) -> Any:
        """The same camera with another crop size at the same scale, same centre."""
        K = self.K.copy()
        K[:2, 2] = (size - 1) / 2
        return dataclasses.replace(self, K=K, size=int(size))


def virtual_camera(camera: Camera, box: Any, size: int) -> VirtualCamera:
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
    rotation = looking_along(ray)
    focal = (camera.K[0, 0] + camera.K[1, 1]) / 2
    focal *= np.linalg.norm(ray) * size / side
    centre = (size - 1) / 2
    K = np.array([[focal, 0, centre], [0, focal, centre], [0, 0, 1]])
    return VirtualCamera(K, rotation @ camera.R, rotation @ camera.t, int(size))


def homography(camera: Camera, crop: VirtualCamera) -> np.ndarray:
    """Homography from the camera's undistorted pixels to the crop's pixels.

    Args:
        camera: The real `Camera`.
        crop: A `VirtualCamera` at the same place.

    Returns:
        `[3, 3]` float64 `H = K_virtual R_original→virtual K⁻¹`.
    """
    return crop.K @ crop.R @ camera.R.T @ np.linalg.inv(camera.K)


def warp_crop(
    image: np.ndarray,
    camera: Camera,
    crop: VirtualCamera,
    most_samples: int | None = None,
) -> np.ndarray:
    """Resamples a camera's image into a virtual camera's crop.

    Removes the lens distortion and applies `homography` in a single bilinear
    interpolation. Where the crop is coarser than the image it is sampled finer
    first and then averaged, so that small crops are free of aliasing. Outside the
    image the border is repeated.

    Args:
        image: `[H, W, C]` uint8 image of the camera (with its distortion).
        camera: The `Camera` that took the image.
        crop: The `VirtualCamera` to look through.
        most_samples: Most samples per pixel of the crop in either direction; as many
            as the image has pixels there if None. Few take less time and alias.

    Returns:
        `[size, size, C]` uint8 crop.
    """
    return warp_crops([image], camera, crop, most_samples)[0]


def warp_crops(
    images: Any, camera: Camera, crop: VirtualCamera, most_samples: int | None = None
) -> list[Any]:
    """`warp_crop` of several images, which share the work that is the same for all.

    Without distortion OpenCV computes the homography as it goes. With distortion the
    camera's pixels are computed for every eighth sample in both directions and
    interpolated between, to 0.05 pixels; where a lens bends more, they are computed
    for every second sample or for each.

    Args:
        images: List of `[H, W, C]` uint8 images of the camera.
        camera: The `Camera` that took the images.
        crop: The `VirtualCamera` to look through.
        most_samples: See `warp_crop`.

    Returns:
        List of `[size, size, C]` uint8 crops.
    """
    focal = (camera.K[0, 0] + camera.K[1, 1]) / 2
    samples = max(1, round(float(focal / crop.K[0, 0])))
    samples = min(samples, most_samples or samples)
    if camera.bends:
        sample = _remap(_camera_pixels(camera, crop, samples))
    else:
        sample = _warp(camera, crop, samples)
    return [
        # OpenCV drops the axis of a single channel.
        _averaged(sample(image), crop.size, image.shape[2:]).reshape(
            crop.size, crop.size, *image.shape[2:]
        )
        for image in images
    ]


def _warp(camera, crop, samples):
    """Function from an image to `[size * samples, size * samples, C]` samples."""
    centre = (samples - 1) / 2  # of the samples of a crop pixel
    finer = np.array([[samples, 0, centre], [0, samples, centre], [0, 0, 1]])
    to_camera = np.linalg.inv(finer @ homography(camera, crop))
    count = crop.size * samples

    def sample(image):
        part, (left, top) = _part_seen(image, to_camera, count)
        if image.shape[2:] == (3,):  # OpenCV warps four channels in half the time
            part = cv2.cvtColor(part, cv2.COLOR_RGB2RGBA)
        return cv2.warpPerspective(
            part,
            np.array([[1.0, 0, -left], [0, 1, -top], [0, 0, 1]]) @ to_camera,
            (count, count),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )

    return sample


def _part_seen(image, to_camera, count):
    """The part of an image that `count` by `count` samples show, and its first pixel.

    Where they show none of it, the part is what `BORDER_REPLICATE` repeats.
    """
    corners = np.array([[0, 0, 1], [0, count, 1], [count, 0, 1], [count, count, 1]])
    *ends, ahead = to_camera @ corners.T
    if ahead.min() <= 0:  # the crop looks past the camera's horizon
        return image, (0, 0)
    ends, size = ends / ahead, np.array(image.shape[1::-1])
    first = np.clip(np.floor(ends.min(1)) - 1, 0, size - 1).astype(int)
    end = np.clip(np.ceil(ends.max(1)) + 2, first + 1, size).astype(int)
    (left, top), (right, bottom) = first, end
    return image[top:bottom, left:right], (left, top)


def _remap(pixels):
    """As `_warp`, for the camera pixels `[h, w, 2]` float32 of all samples."""
    return functools.partial(
        cv2.remap,
        map1=pixels,
        map2=None,
        interpolation=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )


def _averaged(fine, size, channels):
    if len(fine) > size:
        fine = cv2.resize(fine, (size, size), interpolation=cv2.INTER_AREA)
    if channels == (3,) and fine.shape[2] == 4:
        fine = cv2.cvtColor(fine, cv2.COLOR_RGBA2RGB)
    return fine


def _camera_pixels(camera, crop, samples):
    """Camera pixels `[size * samples, size * samples, 2]` float32, interpolated."""
    count = crop.size * samples
    for spacing in _SPACINGS:
        cells = -(-count // spacing) + 2  # one beyond either end
        centres = (np.arange(cells) - 0.5) * spacing - 0.5  # of cells, in samples
        coarse = _lens_pixels(camera, _rays(camera, crop, samples, centres))
        if _interpolation_error(coarse) < _MAX_ERROR:
            fine = (cells * spacing, cells * spacing)
            pixels = cv2.resize(coarse, fine, interpolation=cv2.INTER_LINEAR)
            inside = slice(spacing, spacing + count)
            return np.ascontiguousarray(pixels[inside, inside])
    return _lens_pixels(camera, _rays(camera, crop, samples, np.arange(count)))


def _interpolation_error(coarse):
    """Most that bilinear interpolation of `[N, N, 2]` is off by: f'' h^2 / 8."""
    bends = (np.abs(np.diff(coarse, 2, axis)).max() for axis in (0, 1))
    return sum(bends) / 8


def _rays(camera, crop, samples, positions):
    """Directions `[N, N, 3]` in the camera's axes of a grid of samples."""
    axis = (positions + 0.5) / samples - 0.5
    u, v = np.meshgrid(axis, axis)
    to_camera = camera.R @ crop.R.T @ np.linalg.inv(crop.K)
    return np.stack([u, v, np.ones_like(u)], -1) @ to_camera.T


def _lens_pixels(camera, rays):
    """Pixels `[N, N, 2]` float32 in which a camera sees directions `[N, N, 3]`."""
    pixels = camera.pixels_of(rays)
    # Far outside the image one pixel is as good as another, but it must be finite.
    return np.clip(pixels, -_FAR_PIXEL, _FAR_PIXEL).astype(np.float32)
