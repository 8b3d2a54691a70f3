"""Static images of the dome's inside, one per camera, with texture and clutter."""

import cv2
import numpy as np


def dome_background(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Renders what a camera sees without the hand.

    Args:
        rng: `np.random.Generator`.
        size: `(width, height)`.

    Returns:
        `[H, W, 3]` float32 linear RGB.
    """
    width, height = size
    wall = rng.uniform(0.12, 0.45) * (1 + rng.normal(0, 0.07, 3))
    image = np.ones((height, width, 3), np.float32) * wall.astype(np.float32)
    image *= 1 + 0.5 * _clouds(rng, size, 4)[..., None]
    _render_panels(rng, image)
    if rng.random() < 0.55:
        _render_floor(rng, image)
    for _ in range(rng.integers(3, 9)):
        _render_clutter(rng, image)
    for _ in range(rng.integers(0, 4)):
        _render_lamp(rng, image)
    image *= 1 + 0.10 * _clouds(rng, size, 24)[..., None]
    image *= 1 + 0.05 * rng.standard_normal(image.shape[:2])[..., None]
    # The wall is further away than the lens is focused.
    image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.8, 2.2))
    return np.clip(image, 0.002, 1.5).astype(np.float32)


def _clouds(rng, size, cells):
    """Smooth noise `[H, W]` in about -1..1 with so many cells across."""
    small = rng.uniform(-1, 1, (max(2, cells * size[1] // size[0]), cells))
    return cv2.resize(small.astype(np.float32), size, interpolation=cv2.INTER_CUBIC)


def _render_panels(rng, image):
    """Hexagonal wall panels with seams and the holes of other cameras."""
    height, width = image.shape[:2]
    side = rng.uniform(70, 140)
    angle = np.radians(rng.uniform(0, 60))
    basis = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    basis *= [[1.0], [rng.uniform(0.7, 1.0)]]
    shift = rng.uniform(0, side, 2) + [width / 2, height / 2]
    corners = np.radians(np.arange(6) * 60)
    hexagon = side * np.stack([np.cos(corners), np.sin(corners)], 1) @ basis.T
    for row in range(-8, 9):
        for column in range(-8, 9):
            at = side * np.array([1.5 * column, 3**0.5 * (row + column % 2 / 2)])
            centre = at @ basis.T + shift
            if (centre > -side).all() and (
                centre < [width + side, height + side]
            ).all():
                _render_panel(rng, image, centre, hexagon)


def _render_panel(rng, image, centre, hexagon):
    height, width = image.shape[:2]
    x, y = np.clip(centre, 0, [width - 1, height - 1]).astype(int)
    shade = image[y, x] * rng.uniform(0.75, 1.2)
    outline = [(centre + hexagon).astype(np.int32)]
    cv2.fillPoly(image, outline, shade.tolist(), cv2.LINE_AA)
    cv2.polylines(image, outline, True, (shade * 0.35).tolist(), 2, cv2.LINE_AA)
    for _ in range(rng.integers(1, 4)):
        at = centre + rng.uniform(-0.5, 0.5, 2) * np.abs(hexagon).max()
        center, radius = tuple(map(int, at)), int(rng.uniform(2, 8))
        cv2.circle(image, center, radius, (0.01,) * 3, -1, cv2.LINE_AA)


def _render_floor(rng, image):
    height, width = image.shape[:2]
    edge = height * rng.uniform(0.55, 1.0)
    slope = rng.uniform(-0.15, 0.15) * width
    outline = np.array(
        [[0, edge], [width, edge + slope], [width, height], [0, height]]
    ).astype(np.int32)
    tone = rng.uniform(0.05, 0.4) * (1 + rng.normal(0, 0.15, 3))
    cv2.fillPoly(image, [outline], tone.tolist(), cv2.LINE_AA)


def _render_clutter(rng, image):
    """A box, a pole, a cable or a round thing of random colour."""
    height, width = image.shape[:2]
    color = (rng.uniform(0.02, 0.7) * (0.5 + rng.uniform(0, 0.5, 3))).tolist()
    at = rng.uniform([0, 0], [width, height])
    kind = rng.integers(4)
    if kind == 0:
        extent = tuple(map(float, rng.uniform(15, 110, 2)))
        corners = cv2.boxPoints(
            (tuple(map(float, at)), extent, float(rng.uniform(0, 90)))
        )
        cv2.fillPoly(image, [corners.astype(np.int32)], color, cv2.LINE_AA)
    elif kind == 1:
        end = at + rng.normal(0, 250, 2)
        thickness = int(rng.uniform(3, 16))
        ends = (tuple(map(int, at)), tuple(map(int, end)))
        cv2.line(image, *ends, color, thickness, cv2.LINE_AA)
    elif kind == 2:
        steps = np.cumsum(rng.normal(0, 25, (12, 2)) + rng.normal(0, 15, 2), 0) + at
        cv2.polylines(
            image, [steps.astype(np.int32)], False, (0.02,) * 3, 2, cv2.LINE_AA
        )
    else:
        axes = tuple(map(int, rng.uniform(8, 50, 2)))
        angle = float(rng.uniform(0, 180))
        center = tuple(map(int, at))
        cv2.ellipse(image, center, axes, angle, 0, 360, color, -1, cv2.LINE_AA)


def _render_lamp(rng, image):
    """A bright light panel with its glow."""
    height, width = image.shape[:2]
    center = tuple(map(int, rng.uniform([0, 0], [width, height * 0.6])))
    glow = np.zeros(image.shape[:2], np.float32)
    cv2.circle(glow, center, int(rng.uniform(5, 16)), 1.0, -1, cv2.LINE_AA)
    image += 1.2 * glow[..., None]
    image += 1.5 * cv2.GaussianBlur(glow, (0, 0), 18)[..., None]
