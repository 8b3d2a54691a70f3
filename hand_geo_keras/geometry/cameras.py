"""Cameras with OpenCV's pinhole or fisheye lens."""

import dataclasses
from typing import Any

import numpy as np

from hand_geo_keras.errors import CalibrationError
from hand_geo_keras.geometry.lenses import (
    COEFFICIENTS,
    PINHOLE,
    lens_points,
    undistorted,
)

_ROTATION_TOLERANCE = 1e-3
_SKEW_TOLERANCE = 1e-3  # pixels


@dataclasses.dataclass(frozen=True)
class Camera:
    """One calibrated camera: `x_cam = R X + t`, `pixel = K lens(x_cam)`.

    The camera frame has x to the right, y down and z forward. Pixel (0, 0) has
    its centre at coordinate (0, 0), as in OpenCV.

    Args:
        name: Name that is unique within its recording, for example `"00_05"`.
        K: `[3, 3]` float64 intrinsic matrix in pixels.
        distortion: `[5]` float64 lens distortion `[k1, k2, p1, p2, k3]` in
            OpenCV's order; zeros for a pinhole without any. `[4]` `[k1, k2, k3, k4]`
            of a fisheye, as `cv2.fisheye` has them.
        R: `[3, 3]` float64 rotation from the world to the camera frame.
        t: `[3]` float64 translation in mm.
        resolution: `(width, height)` of the image in pixels.
        lens: `"pinhole"` or `"fisheye"`.

    Raises:
        CalibrationError: If a shape is wrong, a value is not finite, `K` is
            singular, transposed or skewed, or `R` is not a rotation.

    Example:
        >>> import numpy as np
        >>> K = np.array([[100.0, 0, 32], [0, 100, 32], [0, 0, 1]])
        >>> camera = Camera("front", K, np.zeros(5), np.eye(3), np.zeros(3), (64, 64))
        >>> camera.project(np.array([[0.0, 0.0, 500.0]])).tolist()
        [[32.0, 32.0]]

    Reference:
        CMU Panoptic Toolbox, `matlab/PoseProject2D.m`, which uses the same model.
    """

    name: str
    K: np.ndarray
    distortion: np.ndarray
    R: np.ndarray
    t: np.ndarray
    resolution: tuple[int, int]
    lens: str = PINHOLE

    def __post_init__(self) -> None:
        if self.lens not in COEFFICIENTS:
            raise CalibrationError(
                f"Camera {self.name!r}: field 'lens' must be one of "
                f"{', '.join(COEFFICIENTS)}. Received: lens={self.lens!r}"
            )
        count = COEFFICIENTS[self.lens]
        for field, shape in (("K", (3, 3)), ("distortion", (count,)), ("R", (3, 3))):
            object.__setattr__(self, field, self._checked(field, shape))
        # A 3x1 translation is how CMU Panoptic and OpenCV write it.
        object.__setattr__(self, "t", np.reshape(self.t, -1))
        object.__setattr__(self, "t", self._checked("t", (3,)))
        width, height = (int(side) for side in self.resolution)
        object.__setattr__(self, "resolution", (width, height))
        self._check_geometry()

    def _checked(self, field, shape):
        try:
            value = np.array(getattr(self, field), dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise CalibrationError(
                f"Camera {self.name!r}: field {field!r} must be numbers of shape "
                f"{shape}. Received: {field}={getattr(self, field)!r}"
            ) from error
        if value.shape != shape or not np.isfinite(value).all():
            raise CalibrationError(
                f"Camera {self.name!r}: field {field!r} must be finite and of shape "
                f"{shape}. Received: shape={value.shape}, {field}={value.tolist()}"
            )
        value.setflags(write=False)
        return value

    def _check_geometry(self):
        K, R = self.K, self.R
        if min(self.resolution) <= 0:
            raise CalibrationError(
                f"Camera {self.name!r}: field 'resolution' must be two positive "
                f"integers (width, height). Received: resolution={self.resolution}"
            )
        if K[0, 0] <= 0 or K[1, 1] <= 0 or abs(np.linalg.det(K)) < 1e-9:
            raise CalibrationError(
                f"Camera {self.name!r}: field 'K' is singular or has no positive "
                f"focal lengths, so no pixel can be converted into a ray; calibrate "
                f"again. Received: K={K.tolist()}"
            )
        self._check_form_of_intrinsics()
        drift = np.abs(R @ R.T - np.eye(3)).max()
        if drift > _ROTATION_TOLERANCE or np.linalg.det(R) < 0:
            raise CalibrationError(
                f"Camera {self.name!r}: field 'R' is not a rotation (R Rᵀ differs "
                f"from the identity by {drift:.2g}, det {np.linalg.det(R):.2g}); "
                f"give an orthonormal matrix with determinant 1. "
                f"Received: R={R.tolist()}"
            )

    def _check_form_of_intrinsics(self):
        K, name = self.K, f"Camera {self.name!r}: field 'K'"
        if not np.allclose(K[2], [0, 0, 1], rtol=0, atol=1e-9):
            is_transposed = np.allclose(K[:, 2], [0, 0, 1], rtol=0, atol=1e-9)
            remedy = (
                "it is transposed, as MATLAB writes it: exchange rows and columns"
                if is_transposed
                else "divide it by its last number, or take the 3x3 intrinsic matrix "
                "alone"
            )
            raise CalibrationError(
                f"{name} must end in the row 0, 0, 1; {remedy}. Received: "
                f"K={K.tolist()}"
            )
        skew = max(abs(K[0, 1]), abs(K[1, 0]))
        if skew > _SKEW_TOLERANCE:
            raise CalibrationError(
                f"{name} has a skew of {skew:.3g} pixels, which OpenCV's lens model "
                "does not have; calibrate again without skew. Received: "
                f"K={K.tolist()}"
            )

    @property
    def bends(self) -> bool:
        """Whether the lens images straight lines as curves."""
        return self.lens != PINHOLE or bool(self.distortion.any())

    @property
    def center(self) -> np.ndarray:
        """`[3]` position of the camera in the world frame, in mm: `-Rᵀ t`."""
        return -self.R.T @ self.t

    def to_camera(self, points: np.ndarray) -> Any:
        """Transforms world points `[A1, ..., An, 3]` in mm to the camera frame."""
        return np.asarray(points, np.float64) @ self.R.T + self.t

    def project(self, points: np.ndarray) -> Any:
        """Projects world points `[A1, ..., An, 3]` in mm to pixels `[A1, ..., An, 2]`.

        Points behind the camera give pixels without meaning: check
        `to_camera(points)[..., 2] > 0`.
        """
        return self.pixels_of(self.to_camera(points))

    def pixels_of(self, rays: np.ndarray) -> Any:
        """Pixels `[A1, ..., An, 2]` that see directions of the camera frame.

        Args:
            rays: `[A1, ..., An, 3]` directions of any length.
        """
        seen = lens_points(rays, self.distortion, self.lens)
        return seen @ self.K[:2, :2].T + self.K[:2, 2]

    def undistort(self, pixels: np.ndarray) -> Any:
        """Removes the lens distortion from pixels `[A1, ..., An, 2]`.

        Returns the pixels `[A1, ..., An, 2]` that the same camera without
        distortion would have seen, solved iteratively by OpenCV.
        """
        pixels = np.asarray(pixels, np.float64)
        flat = pixels.reshape(-1, 2)
        ideal = undistorted(flat, self.K, self.distortion, self.lens)
        return ideal.reshape(pixels.shape)

    def unproject(self, pixels: np.ndarray, depth: Any) -> Any:
        """Lifts pixels `[A1, ..., An, 2]` at z-depth `[A1, ..., An]` in mm.

        Returns points `[A1, ..., An, 3]` of the world frame in mm.
        """
        ideal = self.undistort(pixels)
        homogeneous = np.concatenate([ideal, np.ones_like(ideal[..., :1])], -1)
        rays = homogeneous @ np.linalg.inv(self.K).T
        in_camera = rays * np.asarray(depth, np.float64)[..., None]
        return (in_camera - self.t) @ self.R
