"""Other virtual cameras for a batch of stored crops, as tensor operations."""

from typing import Any

import numpy as np
from keras import ops

from hand_geo_keras.geometry import looking_along, roll_matrix


def crop_views(
    focal: Any, size: int, roll: Any, shift: Any, zoom: Any
) -> tuple[Any, Any]:
    """`crop_geometry.crop_view` for a batch.

    Args:
        focal: `[B]` focal lengths of the stored crops in pixels.
        size: side of the crops in pixels.
        roll: `[B]` clockwise rotations of the image in radians.
        shift: `[B, 2]` shifts of the box's centre in halves of the crop's side.
        zoom: `[B]` factors on the size of what the crop shows.

    Returns:
        `(rotation, new_focal)`: `[B, 3, 3]` from the stored virtual camera to the new
        one, and `[B]` its focal length in pixels.
    """
    ray = ops.concatenate([shift * (size / 2), focal[:, None]], axis=-1)
    rotation = ops.matmul(roll_matrix(roll, ops), looking_along(ray, ops))
    return rotation, ops.sqrt(ops.sum(ray * ray, axis=-1)) * zoom


def warp_batch(
    images: Any, stored_focal: Any, rotation: Any, focal: Any, size: int
) -> Any:
    """`CropView.warp` for a batch.

    Args:
        images: `[B, S, S, C]` float stored crops.
        stored_focal: `[B]` their focal lengths.
        rotation: `[B, 3, 3]` from the stored virtual cameras to the new ones.
        focal: `[B]` focal lengths of the new ones.
        size: side of the new crops.

    Returns:
        `[B, size, size, C]` float32; beyond a crop's edge it is reflected.
    """
    x, y = np.meshgrid(np.arange(size), np.arange(size))
    cells = np.stack([x, y], axis=-1).reshape(1, -1, 2).astype(np.float32)
    cells = (cells - (size - 1) / 2) / focal[:, None, None]
    rays = ops.concatenate([cells, ops.ones_like(cells[..., :1])], axis=-1)
    rays = ops.einsum("bpj,bji->bpi", rays, rotation)  # transposed: back to stored
    at = rays[..., :2] / rays[..., 2:] * stored_focal[:, None, None]
    at = at + (images.shape[1] - 1) / 2
    sampled = sample_bilinear(images, at)
    return ops.reshape(sampled, (-1, size, size, images.shape[-1]))


def sample_bilinear(images: Any, at: Any) -> Any:
    """Samples images at positions; beyond an edge they are reflected.

    Args:
        images: `[B, S, S, C]` float.
        at: `[B, P, 2]` x and y in pixels; pixel (0, 0) has its centre at (0, 0).

    Returns:
        `[B, P, C]` float32.
    """
    side = images.shape[1]
    last = side - 1
    # Twice: what lies as far as the image's side beyond an edge is still inside.
    at = last - ops.abs(last - ops.abs(at))
    at = ops.clip(last - ops.abs(last - ops.abs(at)), 0.0, float(last))
    corner = ops.clip(ops.floor(at), 0.0, last - 1.0)
    x, y = (at - corner)[..., :1], (at - corner)[..., 1:]
    corner = ops.cast(corner, "int32")
    first = (corner[..., 1] * side + corner[..., 0])[..., None]
    flat = ops.reshape(ops.cast(images, "float32"), (-1, side * side, images.shape[-1]))

    def corners(offset):
        return ops.take_along_axis(flat, first + offset, axis=1)

    above = corners(0) * (1 - x) + corners(1) * x
    below = corners(side) * (1 - x) + corners(side + 1) * x
    return above * (1 - y) + below * y
