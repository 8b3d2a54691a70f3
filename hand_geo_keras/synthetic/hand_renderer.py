"""Renders the shaded arm of one instant into one camera's image."""

import dataclasses
from typing import Any

import cv2
import numpy as np

from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.synthetic.attribute_rasterizer import (
    rasterize_attributes,
    visible_faces,
)
from hand_geo_keras.synthetic.hand_model import fine_mesh, load_asset
from hand_geo_keras.synthetic.lighting import irradiance
from hand_geo_keras.synthetic.shading import Surface, shade

SUPERSAMPLING = 2  # pixels per pixel of the image, each way
_MARGIN = 6


@dataclasses.dataclass(frozen=True)
class LitArm:
    """Everything of one instant that does not depend on the camera.

    Attributes:
        verts: `[N, 3]` fine vertices in the world, mm.
        normals: `[N, 3]` unit normals.
        light: `[N, 3]` linear RGB irradiance.
        joints: `[21, 3]` in the world, mm.
        mirrored: Whether a reflection made it a left arm.
    """

    verts: np.ndarray
    normals: np.ndarray
    light: np.ndarray
    joints: np.ndarray
    mirrored: bool


def light_arm(hand: Any, environment: Any) -> LitArm:
    """Subdivides the mesh of a `PosedHand` and lights it; returns a `LitArm`."""
    fine, normals = fine_mesh(hand.verts)
    mirrored = hand.side == "left"
    if mirrored:  # a reflection flips the faces inside out
        normals = -normals
    faces = load_asset()["faces"]
    light = irradiance(environment, fine, normals, faces, mirrored)
    return LitArm(fine, normals, light, hand.joints, mirrored)


def render_arm(
    camera: Camera, arm: Any, looks: Any, environment: Any
) -> tuple[Any, ...] | None:
    """Renders the arm.

    Args:
        camera: The `Camera`, with its lens distortion.
        arm: A `LitArm`.
        looks: The subject's `Looks`.
        environment: The `Environment`, for highlights.

    Returns:
        `(box, color, alpha)`: `box` is `(left, top, right, bottom)` in pixels,
        `color` `[h, w, 3]` linear RGB multiplied by `alpha` `[h, w, 1]`, stored
        channel after channel; None when the arm is not in the image.
    """
    depth = camera.to_camera(arm.verts)[:, 2]
    pixels = camera.project(arm.verts)
    box = _clipped_box(pixels, camera.resolution)
    if box is None:
        return None
    left, top, right, bottom = box
    size = ((right - left) * SUPERSAMPLING, (bottom - top) * SUPERSAMPLING)
    local = (pixels - [left, top] + 0.5) * SUPERSAMPLING - 0.5
    color, places = _shade(camera, arm, looks, environment, local, depth, size)
    *channels, alpha = averaged_planes(color, places, size)
    return box, np.stack(channels).transpose(1, 2, 0), alpha[..., None]


def averaged_planes(color: Any, places: Any, size: tuple[int, int]) -> list[Any]:
    """Colours and coverage of an image whose supersampled pixels were shaded.

    Args:
        color: `[P, 3]` float32 linear RGB of the covered pixels.
        places: `[P]` their flat indices in the supersampled image.
        size: `(width, height)` of the supersampled image.

    Returns:
        Four arrays `[height / 2, width / 2]`: red, green and blue multiplied by the
        coverage, and the coverage.
    """
    width, height = size
    planes = np.zeros((4, height * width), np.float32)
    for plane, channel in zip(planes, (*color.T, 1)):
        plane[places] = channel
    small = (width // SUPERSAMPLING, height // SUPERSAMPLING)
    return [
        cv2.resize(plane, small, interpolation=cv2.INTER_AREA)
        for plane in planes.reshape(4, height, width)
    ]


def _shade(camera, arm, looks, environment, pixels, depth, size):
    """Deferred shading: rasterises surface properties, then lights every pixel."""
    faces = _visible_faces(camera, arm, pixels, depth)
    normals = arm.normals @ camera.R.T.astype(np.float32)
    along = load_asset()["along_arm"][:, None]
    parts = (looks.albedo, arm.light, normals[:, :2], along)
    values, places = rasterize_attributes(
        pixels, depth, faces, np.concatenate(parts, 1, dtype=np.float32), size
    )
    albedo, light, normals, along = np.split(values, (3, 6, 8), axis=1)
    surface = Surface(albedo, light, normals, np.ravel(along))
    key = camera.R @ environment.key
    return shade(surface, looks, key, environment.key_color), places


def _visible_faces(camera, arm, pixels, depth):
    """Faces `[F, 3]` facing the camera, without an upper arm that hides the hand.

    A person standing there would rotate or be out of the way: recordings keep views in
    which most joints are visible.
    """
    faces, upper = load_asset()["fine_faces"], load_asset()["is_upper_arm"]
    # OpenCV's hull of the upper arm, with the joints to be kept visible.
    outline = cv2.convexHull(pixels[upper].astype(np.float32))
    joints = camera.project(arm.joints) - camera.project(arm.verts[:1])
    joints = joints * SUPERSAMPLING + pixels[:1]
    hidden = any(cv2.pointPolygonTest(outline, tuple(at), False) > 0 for at in joints)
    if hidden and depth[upper].mean() < camera.to_camera(arm.joints[0])[2]:
        faces = faces[~upper[faces[:, 0]]]
    return visible_faces(pixels, depth, faces, arm.mirrored)


def _clipped_box(pixels, resolution):
    low = np.floor(pixels.min(0)).astype(int) - _MARGIN
    high = np.ceil(pixels.max(0)).astype(int) + _MARGIN
    low, high = np.maximum(low, 0), np.minimum(high, resolution)
    if (high - low < 2).any():
        return None
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])
