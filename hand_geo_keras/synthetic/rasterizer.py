"""Triangle rasterisation with `cv2.triangleRasterize` at given pixel positions."""

import functools
from typing import Any

import cv2
import numpy as np

_FAR = 1e5
_FOV_Y = np.pi / 2
_MAX_FACES = 65536


def rasterize_corners(
    pixels: np.ndarray, depth: Any, faces: np.ndarray, size: tuple[int, int]
) -> tuple[Any, ...]:
    """Which face every pixel shows, and where on it.

    Args:
        pixels: `[N, 2]` image positions; pixel (0, 0) has its centre at (0, 0). They
            may come from any camera model, lens distortion included.
        depth: `[N]` positive distances along the optical axis in mm.
        faces: `[F, 3]` int32 vertex indices, not more than 65536.
        size: `(width, height)` of the image.

    Returns:
        `(weights, face, places)` of the P covered pixels: `[P, 3]` float32 barycentric
        weights of the face's corners, `[P]` int32 indices of faces, `[P]` flat indices
        of the pixels.

    Raises:
        ValueError: If there are too many faces.
    """
    if len(faces) > _MAX_FACES:
        raise ValueError(
            f"One pass holds at most {_MAX_FACES} faces. Received: {len(faces)}"
        )
    width, height = size
    corners = _camera_vertices(pixels, depth, size).take(faces.ravel(), 0)
    values, triangles = _numbered_corners()
    buffer = np.zeros((height, width, 3), np.float32)
    # Depth as OpenGL has it, 1 where it is furthest, needs no conversion.
    nearest = np.ones((height, width), np.float32)
    cv2.triangleRasterize(  # type: ignore[call-overload]
        corners,
        triangles[: len(faces)],
        values[: len(corners)],
        buffer,
        nearest,
        *_lens(),
        _settings(compatibility=cv2.RASTERIZE_COMPAT_INVDEPTH),
    )
    places = np.flatnonzero(nearest < 1)
    shown = buffer.reshape(-1, 3).take(places, 0)  # beats indexing
    face = np.rint(shown[:, 2] * _MAX_FACES).astype(np.int32)
    shown[:, 2] = 1 - shown[:, 0] - shown[:, 1]
    return shown, np.minimum(face, len(faces) - 1), places


@functools.cache
def _numbered_corners():
    """Values `[3 F, 3]` of the corners of as many faces as fit, and those faces.

    Every face gets corners of its own: two carry a weight, all carry its number,
    scaled to the 0..1 that the rasteriser wants (exact in float32).
    """
    values = np.zeros((_MAX_FACES, 3, 3), np.float32)
    values[:, 0, 0] = values[:, 1, 1] = 1
    values[:, :, 2] = np.arange(_MAX_FACES, dtype=np.float32)[:, None] / _MAX_FACES
    triangles = np.arange(3 * _MAX_FACES, dtype=np.int32).reshape(-1, 3)
    return values.reshape(-1, 3), triangles


def rasterize_depth(
    pixels: np.ndarray,
    depth: Any,
    faces: Any,
    size: tuple[int, int],
    culling: int = cv2.RASTERIZE_CULLING_NONE,
) -> Any:
    """Depth buffer of an image.

    Args:
        pixels: `[N, 2]` image positions; see `rasterize_corners`.
        depth: `[N]` positive distances along the optical axis in mm.
        faces: `[F, 3]` int32 vertex indices.
        size: `(width, height)` of the image.
        culling: Which faces are left out, as `cv2.RASTERIZE_CULLING_*` has it.

    Returns:
        `[H, W]` float32 in mm, large where nothing is.
    """
    width, height = size
    nearest = np.full((height, width), _FAR, np.float32)
    verts = _camera_vertices(pixels, depth, size)
    cv2.triangleRasterizeDepth(  # type: ignore[call-overload]
        verts, faces, nearest, *_lens(), _settings(culling)
    )
    return nearest


def _lens():
    """Pose, field of view, nearest and furthest distance."""
    return np.eye(4, dtype=np.float32)[:3], _FOV_Y, 1.0, _FAR


@functools.cache
def _settings(
    culling=cv2.RASTERIZE_CULLING_NONE, compatibility=cv2.RASTERIZE_COMPAT_DISABLED
):
    settings = cv2.TriangleRasterizeSettings()
    # The default shades flat although the documentation calls it smooth.
    settings.setShadingType(cv2.RASTERIZE_SHADING_SHADED)
    settings.setCullingMode(culling)
    settings.setGlCompatibleMode(compatibility)
    return settings


def _camera_vertices(pixels, depth, size):
    """Points that OpenCV's OpenGL-like camera projects to the wanted pixels.

    That camera has y up, looks along -z, has a 90 degree field of view and puts
    pixel centres at half integers.
    """
    width, height = size
    focal = height / 2
    x = (pixels[:, 0] + 0.5 - width / 2) / focal * depth
    y = -(pixels[:, 1] + 0.5 - height / 2) / focal * depth
    return np.stack([x, y, -depth], axis=1).astype(np.float32)
