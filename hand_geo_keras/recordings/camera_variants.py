"""Mistakes that are made with extrinsics, and the cameras as they would then be."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from hand_geo_keras.geometry.cameras import Camera

_OPENGL_AXES = np.diag([1.0, -1.0, -1.0])
_MAX_SINGLE = 8
INVERTED = (
    "the extrinsics map camera to world; invert them: R = R_givenᵀ, "
    "t = -R_givenᵀ t_given"
)
POSITION = (
    "'t' holds the position of the camera, not the translation; write t = -R position"
)
TRANSPOSED = "'R' is transposed; write its transpose and keep 't'"
OPENGL = (
    "the camera axes are OpenGL's (y up, z back); negate the second and the third row "
    "of 'R' and 't'"
)


def camera_variants(cameras: Sequence[Camera]) -> Iterator[Any]:
    """Cameras as they would be if a well-known mistake was made with their extrinsics.

    Args:
        cameras: Sequence of `Camera`.

    Yields:
        `(remedy, cameras)`: one sentence on the mistake and how to mend it, and a list
        of `Camera` without it.

    Example:
        ```python
        for remedy, mended in camera_variants(recording.cameras):
            points = triangulate(mended, pixels)
        ```
    """
    for remedy, mend in (
        (INVERTED, _inverted),
        (POSITION, _from_position),
        (TRANSPOSED, _transposed),
        (OPENGL, _from_opengl),
    ):
        yield remedy, [mend(camera) for camera in cameras]
    if 2 < len(cameras) <= _MAX_SINGLE:
        for index, camera in enumerate(cameras):
            mended = [*cameras[:index], _inverted(camera), *cameras[index + 1 :]]
            yield f"of camera {camera.name!r} {INVERTED}", mended


def _inverted(camera):
    return dataclasses.replace(camera, R=camera.R.T, t=-camera.R.T @ camera.t)


def _from_position(camera):
    return dataclasses.replace(camera, t=-camera.R @ camera.t)


def _transposed(camera):
    return dataclasses.replace(camera, R=camera.R.T)


def _from_opengl(camera):
    return dataclasses.replace(
        camera, R=_OPENGL_AXES @ camera.R, t=_OPENGL_AXES @ camera.t
    )
