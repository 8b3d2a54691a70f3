"""One hand in one room at one instant, and every view of it."""

import dataclasses
import functools
from typing import Any

import cv2
import numpy as np
from scipy.spatial.transform import Rotation

from hand_geo_keras.synthetic.attribute_rasterizer import (
    rasterize_attributes,
    visible_faces,
)
from hand_geo_keras.synthetic.hand_model import HandModel, fine_mesh, load_asset
from hand_geo_keras.synthetic.hand_renderer import SUPERSAMPLING, averaged_planes
from hand_geo_keras.synthetic.lighting import irradiance
from hand_geo_keras.synthetic.shading import Surface, shade
from hand_geo_keras.synthetic.skin import Looks, looks_of, skin_of
from hand_geo_keras.synthetic.wild.articulation import random_hand_model, random_pose
from hand_geo_keras.synthetic.wild.backdrops import Backdrops
from hand_geo_keras.synthetic.wild.props import (
    random_room_light,
    random_solid,
    ring_albedo,
    unshadowed,
)
from hand_geo_keras.synthetic.wild.viewpoints import hand_axes, random_viewpoint

INSTANTS_PER_SEQUENCE = 8  # one person in one room's light
_NOTHING_WORN_MM = 900.0  # `along` of things that wear no sleeve
_MIRROR = np.array([-1.0, 1.0, 1.0])
# Independent random streams: sequences and instants.
_SEQUENCE, _INSTANT = range(2)


@dataclasses.dataclass(frozen=True)
class _Person:
    """What the instants of a sequence have in common."""

    hand: HandModel
    looks: Looks
    environment: object
    gain: np.ndarray


@dataclasses.dataclass(frozen=True)
class _Mesh:
    """Everything that is rendered: attributes of vertices, lengths in mm."""

    verts: np.ndarray  # [N, 3]
    normals: np.ndarray  # [N, 3]
    light: np.ndarray  # [N, 3]
    albedo: np.ndarray  # [N, 3]
    along: np.ndarray  # [N]
    faces: np.ndarray  # [F, 3]
    mirrored: bool = False


class WildScene:
    """A hand at one instant, in the open: renders views of it as crops.

    The same seed and number give the same views.

    Args:
        seed: int; each seed is another set of people, rooms and poses.
        number: int, number of the instant. Every `INSTANTS_PER_SEQUENCE` instants show
            one person in one light, and are one sequence.
        backdrops: `Backdrops`.
        preparation: `Preparation` with the sizes of the crops.

    Attributes:
        joints: `[21, 3]` float64 in the world, mm.
        sequence: name of the sequence.

    Example:
        ```python
        scene = WildScene(0, 17, Backdrops(), Preparation(crop_size=128, context=1.25))
        view = scene.view()
        view["image"], view["mask"]
        ```
    """

    def __init__(
        self, seed: int, number: Any, backdrops: Backdrops, preparation: Any
    ) -> None:
        self._rng = np.random.default_rng([seed, _INSTANT, number])
        sequence = number // INSTANTS_PER_SEQUENCE
        self.sequence = f"wild_{seed}_{sequence:06d}"
        self._person = _person(seed, sequence)
        self._backdrops, self._preparation = backdrops, preparation
        rng = self._rng
        rotation = Rotation.random(random_state=rng).as_matrix()
        verts, joints = self._person.hand.posed(random_pose(rng))
        self.joints = joints @ rotation.T
        self._meshes = [_arm_mesh(self._person, verts @ rotation.T, rng)]
        if rng.random() < 0.13:
            self._meshes.append(self._second_hand())
        for _ in range(rng.choice(3, p=[0.68, 0.26, 0.06])):
            self._meshes.append(self._solid())

    def view(self) -> dict[Any, Any]:
        """Renders one more view from a viewpoint of its own.

        Returns:
            dict with the keys of a view (see `instant_features`), and `"mask"`:
            `[S, S]` uint8, how much of each pixel the hand, arm and props cover.
        """
        camera = random_viewpoint(self._rng, self.joints, self._preparation)
        stored = camera.with_size(self._preparation.stored_size)
        behind = self._backdrops(self._rng, stored.size)
        light, alpha = self._render(stored)
        room = _to_linear(behind)
        image = _develop(light + (1 - alpha) * room)
        half = (camera.size - 1) / 2
        return {
            "camera": "virtual",
            "image": image,
            "background": _develop(room),  # as the same camera shows it
            "mask": np.round(alpha[..., 0] * 255).astype(np.uint8),
            "rotation": camera.R.astype(np.float32),
            "translation": camera.t.astype(np.float32),
            "focal": np.float32(camera.K[0, 0]),
            "box": np.array([half, half, camera.size], np.float32),
        }

    def _render(self, camera):
        """Premultiplied linear RGB `[S, S, 3]` and coverage `[S, S, 1]`."""
        person, fine = self._person, camera.size * SUPERSAMPLING
        values, places = self._visible(camera, fine)
        surface = Surface(values[:, :3], values[:, 3:6], values[:, 6:8], values[:, 8])
        environment = person.environment
        key = camera.R @ environment.key
        shaded = shade(surface, person.looks, key, environment.key_color)
        *channels, alpha = averaged_planes(shaded * person.gain, places, (fine, fine))
        return cv2.merge(channels), alpha[..., None]

    def _visible(self, camera, fine):
        meshes, faces, offset = self._meshes, [], 0
        verts = np.concatenate([mesh.verts for mesh in meshes])
        depth = camera.to_camera(verts)[:, 2]
        pixels = camera.project(verts)
        for mesh in meshes:
            indices = mesh.faces + np.int32(offset)
            faces.append(visible_faces(pixels, depth, indices, mesh.mirrored))
            offset += len(mesh.verts)
        normals = np.concatenate([mesh.normals for mesh in meshes])
        attributes = np.concatenate(
            [
                np.concatenate([mesh.albedo for mesh in meshes]),
                np.concatenate([mesh.light for mesh in meshes]),
                (normals @ camera.R[:2].T),
                np.concatenate([mesh.along for mesh in meshes])[:, None],
            ],
            axis=1,
        ).astype(np.float32)
        pixels = (pixels + 0.5) * SUPERSAMPLING - 0.5
        faces = np.concatenate(faces)
        return rasterize_attributes(pixels, depth, faces, attributes, (fine, fine))

    def _second_hand(self):
        """The person's other hand, near the first one."""
        rng, person = self._rng, self._person
        verts, joints = person.hand.posed(random_pose(rng))
        rotation = Rotation.random(random_state=rng).as_matrix()
        aside = rng.standard_normal(3)
        aside *= rng.uniform(60, 170) / np.linalg.norm(aside)
        verts = ((verts - joints[9]) * _MIRROR) @ rotation.T + self.joints[9] + aside
        mesh = _arm_mesh(person, verts, rng, mirrored=True)
        return mesh

    def _solid(self):
        """An object in the palm or beside the hand."""
        rng, axes = self._rng, hand_axes(self.joints)
        verts, normals, faces = random_solid(rng)
        rotation = Rotation.from_rotvec(rng.normal(0, 0.5, 3)).as_matrix() @ axes.T
        if rng.random() < 0.35:
            rotation = Rotation.random(random_state=rng).as_matrix()
        thickness = np.abs(verts[:, 0]).max()
        palm = (self.joints[0] + 3 * self.joints[9]) / 4
        place = palm - axes[0] * (thickness + rng.uniform(10, 30))
        place = place + (rng.normal(0, 1, 3) * [8, 25, 20]) @ axes
        verts, normals = verts @ rotation.T + place, normals @ rotation.T
        colour = np.clip(rng.uniform(0, 1, 3) ** 1.5 * rng.uniform(0.1, 1), 0.01, 1)
        if rng.random() < 0.3:
            colour = np.full(3, rng.uniform(0.01, 0.8))
        return _Mesh(
            verts,
            normals,
            unshadowed(self._person.environment, normals),
            np.broadcast_to(np.float32(colour), verts.shape),
            np.full(len(verts), _NOTHING_WORN_MM, np.float32),
            faces,
        )


@functools.lru_cache(maxsize=4)
def _person(seed, sequence):
    rng = np.random.default_rng([seed, _SEQUENCE, sequence])
    albedo, gloss = skin_of(rng)
    if rng.random() < 0.2:
        albedo = ring_albedo(rng, albedo)
    looks = looks_of(rng, albedo, gloss)
    gain = np.exp(rng.normal(-0.1, 0.3)) * np.exp(rng.normal(0, 0.05, 3))
    return _Person(
        random_hand_model(rng, looks.offsets()),
        looks,
        random_room_light(rng),
        gain.astype(np.float32),
    )


def _arm_mesh(person, verts, rng, mirrored=False):
    """Lights a posed arm; the upper arm, and sometimes the forearm, is left out."""
    asset = load_asset()
    fine, normals = fine_mesh(verts)
    normals = -normals if mirrored else normals
    light = irradiance(person.environment, fine, normals, asset["faces"], mirrored)
    along = asset["along_arm"]
    # Cut where nothing is seen any more, or just behind the wrist.
    start = rng.uniform(-45, -15) if rng.random() < 0.08 else -260.0
    kept = (along > start) & ~asset["is_upper_arm"]
    faces = asset["fine_faces"]
    faces = faces[kept[faces[:, 0]] & kept[faces[:, 1]] & kept[faces[:, 2]]]
    return _Mesh(fine, normals, light, person.looks.albedo, along, faces, mirrored)


@functools.cache
def _tables():
    """sRGB from and to linear light, as tables."""
    linear = (np.arange(256) / 255.0) ** 2.2
    light = np.arange(4096) / 4095 * 1.6
    # A soft shoulder instead of hard clipping, as cameras have.
    bent = np.where(light < 0.7, light, 0.7 + 0.3 * np.tanh((light - 0.7) / 0.3))
    srgb = np.clip(bent, 0, 1) ** (1 / 2.2) * 255
    return linear.astype(np.float32), np.round(srgb).astype(np.uint8)


def _to_linear(image):
    return _tables()[0][image]


def _develop(light):
    """Linear RGB to uint8."""
    index = np.clip(light * (4095 / 1.6), 0, 4095).astype(np.int32)
    return _tables()[1][index]
