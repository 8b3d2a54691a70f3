"""Renders the shaded arm of one instant into one camera's image."""

import dataclasses

import cv2
import numpy as np

from hand_geo_keras.recordings.synthetic.hand_model import fine_mesh, load_asset
from hand_geo_keras.recordings.synthetic.lighting import irradiance
from hand_geo_keras.recordings.synthetic.rasterizer import rasterize

_SUPERSAMPLING = 2
_ALONG_RANGE = (-600.0, 300.0)  # of `along_arm`, scaled to 0..1 for the rasteriser
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


def light_arm(hand, environment):
    """Subdivides the mesh of a `PosedHand` and lights it; returns a `LitArm`."""
    fine, normals = fine_mesh(hand.verts)
    mirrored = hand.side == "left"
    if mirrored:  # a reflection turns the faces inside out
        normals = -normals
    light = irradiance(environment, fine, normals, load_asset()["faces"])
    return LitArm(fine, normals, light, hand.joints, mirrored)


def render_arm(camera, arm, looks, environment):
    """Draws the arm.

    Args:
        camera: The `Camera`, with its lens distortion.
        arm: A `LitArm`.
        looks: The subject's `Looks`.
        environment: The `Environment`, for highlights.

    Returns:
        `(box, color, alpha)`: `box` is `(left, top, right, bottom)` in pixels,
        `color` `[h, w, 3]` linear RGB multiplied by `alpha` `[h, w, 1]`; None when
        the arm is not in the picture.
    """
    depth = camera.to_camera(arm.verts)[:, 2]
    pixels = camera.project(arm.verts)
    box = _clipped_box(pixels, camera.resolution)
    if box is None:
        return None
    left, top, right, bottom = box
    size = ((right - left) * _SUPERSAMPLING, (bottom - top) * _SUPERSAMPLING)
    local = (pixels - [left, top] + 0.5) * _SUPERSAMPLING - 0.5
    color, covered = _shade(camera, arm, looks, environment, local, depth, size)
    small = (right - left, bottom - top)
    color = cv2.resize(color, small, interpolation=cv2.INTER_AREA)
    alpha = cv2.resize(covered.astype(np.float32), small, interpolation=cv2.INTER_AREA)
    return box, color, alpha[..., None]


def _shade(camera, arm, looks, environment, pixels, depth, size):
    """Deferred shading: rasterises surface properties, then lights every pixel."""
    asset = load_asset()
    faces = _visible_faces(camera, arm, pixels, depth)
    low, high = _ALONG_RANGE
    turned = arm.normals @ camera.R.T.astype(np.float32)
    along = np.clip((asset["along_arm"] - low) / (high - low), 0, 1)
    geometry = np.stack([turned[:, 0] / 2 + 0.5, turned[:, 1] / 2 + 0.5, along], 1)
    geometry, covered = rasterize(pixels, depth, faces, geometry, size)
    albedo, _ = rasterize(pixels, depth, faces, looks.albedo, size)
    # The rasteriser wants values up to 1; irradiance may exceed that a little.
    light, _ = rasterize(pixels, depth, faces, np.clip(arm.light / 2, 0, 1), size)
    color = np.zeros_like(albedo)
    color[covered] = _light_pixels(
        albedo[covered],
        light[covered] * 2,
        geometry[covered],
        looks,
        camera.R @ environment.key,
        environment.key_color,
    )
    return color, covered


def _visible_faces(camera, arm, pixels, depth):
    """Faces `[F, 3]` turned to the camera, without an upper arm that hides the hand.

    A person standing there would turn or be out of the way: recordings keep views in
    which most joints are visible.
    """
    asset = load_asset()
    faces = asset["fine_faces"]
    upper = asset["segment"] == asset["bones"].index("upperarm.R")
    joints = camera.project(arm.joints)
    outline = cv2.convexHull(camera.project(arm.verts[upper]).astype(np.float32))
    hidden = [
        cv2.pointPolygonTest(outline, tuple(joint), False) > 0 for joint in joints
    ]
    if any(hidden) and depth[upper].mean() < camera.to_camera(arm.joints)[0, 2]:
        faces = faces[~upper[faces[:, 0]]]
    a, b, c = (pixels[faces[:, k]] for k in range(3))
    ab, ac = b - a, c - a
    area = ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]
    return faces[area > 0 if arm.mirrored else area < 0]


def _light_pixels(albedo, light, geometry, looks, key, key_color):
    """Linear RGB `[P, 3]` of the covered pixels."""
    low, high = _ALONG_RANGE
    nx, ny = geometry[:, 0] * 2 - 1, geometry[:, 1] * 2 - 1
    nz = -np.sqrt(np.clip(1 - nx * nx - ny * ny, 0.0004, 1))
    albedo, gloss = _with_bands(albedo, geometry[:, 2] * (high - low) + low, looks, ny)
    # Blinn-Phong with the viewer at -z; grazing angles shine more (Fresnel).
    half = np.asarray(key) + [0, 0, -1]
    half = half / np.linalg.norm(half)
    facing = np.clip(nx * half[0] + ny * half[1] + nz * half[2], 0, 1)
    brightness = light.mean(1)
    shine = gloss * (0.10 * facing**22 + 0.05 * facing**6) * np.clip(brightness, 0, 1)
    rim = gloss * 0.10 * (1 + nz) ** 4 * brightness
    return albedo * light + shine[:, None] * key_color + rim[:, None]


def _with_bands(albedo, along, looks, ny):
    """Puts sleeve and bracelet over the skin, with sharp edges per pixel."""
    gloss = np.full(len(albedo), looks.gloss, np.float32)
    for band in looks.bands:
        inside = (along > band.start) & (along < band.end)
        stripes = (np.sin(along[inside] * (2 * np.pi / band.period)) > 0.4)[:, None]
        cloth = np.where(stripes, band.stripe, band.color)
        # A darker hem and fine folds make the cloth read as cloth.
        hem = 1 - 0.35 * np.exp(-(((band.end - along[inside]) / 2.5) ** 2))
        folds = 1 + 0.07 * np.sin(along[inside] * 0.35 + 5 * ny[inside])
        albedo[inside] = cloth * (hem * folds)[:, None]
        gloss[inside] *= 0.15
    return albedo, gloss


def _clipped_box(pixels, resolution):
    low = np.floor(pixels.min(0)).astype(int) - _MARGIN
    high = np.ceil(pixels.max(0)).astype(int) + _MARGIN
    low, high = np.maximum(low, 0), np.minimum(high, resolution)
    if (high - low < 2).any():
        return None
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])
