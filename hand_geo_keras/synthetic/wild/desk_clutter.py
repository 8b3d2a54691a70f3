"""What lies on desks beside hands and is taken for one: paper, keys, cloth."""

from typing import Any

import cv2
import numpy as np

from hand_geo_keras.synthetic.wild.strokes import dull_colour, fill, line, skin_colour


def add_sheet(rng: np.random.Generator, image: Any) -> None:
    """One to three sheets in perspective: blank, written, printed or with a drawing."""
    size = len(image)
    for _ in range(rng.integers(1, 4)):
        homography, corners = _quad(rng, size, 1.41)
        paper = np.clip(rng.uniform(150, 255) + rng.normal(0, 8, 3), 0, 255)
        if rng.random() < 0.15:
            paper = dull_colour(rng, 0.8)
        shadow = corners + rng.normal(0, 0.02 * size, 2)
        fill(image, shadow, image.mean((0, 1)) * rng.uniform(0.3, 0.9))
        fill(image, corners, paper)
        ink = paper * rng.uniform(0.05, 0.75)
        kind = rng.integers(4)
        if kind == 1:
            _write(rng, image, homography, ink)
        elif kind == 2:
            _rule(rng, image, homography, ink)
        elif kind == 3:
            _scribble(rng, image, homography, ink)


def add_keys(rng: np.random.Generator, image: Any) -> None:
    """A keyboard or a row of buttons in perspective."""
    size = len(image)
    homography, corners = _quad(rng, size, rng.uniform(1.0, 3.0))
    body, key = dull_colour(rng, 0.3), dull_colour(rng, 0.4)
    fill(image, corners, body)
    rows, columns = rng.integers(2, 7), rng.integers(4, 15)
    gap = rng.uniform(0.06, 0.25)
    for row in range(rows):
        shift = rng.uniform(0, 0.5) / columns
        for column in range(columns):
            low = np.array([(column + gap) / columns + shift, (row + gap) / rows])
            high = np.array([(column + 1) / columns + shift, (row + 1) / rows])
            if high[0] < 1:
                outline = [low, [high[0], low[1]], high, [low[0], high[1]]]
                fill(image, _placed(homography, outline), key * rng.uniform(0.9, 1.1))


def add_folds(rng: np.random.Generator, image: Any) -> None:
    """Cloth with folds, or a crumpled cushion, in any colour or that of skin."""
    size = len(image)
    colour = skin_colour(rng) if rng.random() < 0.35 else dull_colour(rng, 0.7)
    height = np.zeros((size, size), np.float32)
    for cells in (3, 5, 9):
        noise = rng.normal(0, 1 / cells, (cells, rng.integers(2, cells + 1)))
        height += cv2.resize(
            noise.astype(np.float32), (size, size), interpolation=cv2.INTER_CUBIC
        )
    slope = np.gradient(height * size * rng.uniform(0.15, 0.6))
    light = 0.8 + 0.25 * (rng.normal() * slope[0] + rng.normal() * slope[1])
    cloth = colour * np.clip(light, 0.2, 1.5)[..., None]
    _, corners = _quad(rng, size, 1.0)
    mask = np.zeros((size, size), np.uint8)
    outline = corners + rng.normal(0, 0.06 * size, (4, 2))
    if rng.random() < 0.5:
        cv2.fillPoly(mask, [np.round(outline).astype(np.int32)], 255, cv2.LINE_AA)
    else:
        centre, axes = tuple(outline.mean(0)), tuple(np.ptp(outline, axis=0))
        cv2.ellipse(mask, (centre, axes, float(rng.uniform(0, 180))), 255, -1)
    share = mask[..., None] / np.float32(255)
    image += share * (cloth.astype(np.float32) - image)


def _quad(rng, size, aspect):
    """A rectangle lying or standing anywhere, `(homography, corners [4, 2])`."""
    height = np.exp(rng.uniform(np.log(0.25), np.log(1.6))) * size
    half = np.array([height / aspect, height]) / 2
    if rng.random() < 0.5:
        half = half[::-1]
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
    corners[:, 1] *= rng.uniform(0.35, 1.0)  # seen from the side
    corners[:2, 0] *= rng.uniform(0.6, 1.0)  # and further away at the top
    angle = rng.uniform(0, 2 * np.pi)
    cosine, sine = np.cos(angle), np.sin(angle)
    corners = corners @ np.array([[cosine, sine], [-sine, cosine]])
    corners += rng.uniform(-0.1, 1.1, 2) * size
    unit = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    return cv2.getPerspectiveTransform(unit, corners.astype(np.float32)), corners


def _placed(homography, points):
    points = np.asarray(points, np.float64).reshape(1, -1, 2)
    return cv2.perspectiveTransform(points, homography)[0]


def _write(rng, image, homography, ink):
    """Lines of words."""
    for y in np.arange(0.08, 0.94, rng.uniform(0.03, 0.12)):
        x = 0.08
        while x < 0.85:
            length = rng.uniform(0.02, 0.12)
            line(image, _placed(homography, [[x, y], [x + length, y]]), ink, 1)
            x += length + rng.uniform(0.015, 0.04)
        if rng.random() < 0.1:
            break


def _rule(rng, image, homography, ink):
    """Ruled or squared paper, or a table."""
    steps = np.linspace(0.05, 0.95, rng.integers(4, 22))
    for at in steps:
        line(image, _placed(homography, [[0.05, at], [0.95, at]]), ink, 1)
    if rng.random() < 0.6:
        for at in steps:
            line(image, _placed(homography, [[at, 0.05], [at, 0.95]]), ink, 1)


def _scribble(rng, image, homography, ink):
    """A drawing by hand, finger-like strokes included."""
    for _ in range(rng.integers(1, 7)):
        at = rng.uniform(0.15, 0.85, 2)
        strokes = np.clip(np.cumsum(rng.normal(0, 0.08, (12, 2)), 0) + at, 0.03, 0.97)
        width = int(rng.integers(1, 5))
        line(image, _placed(homography, strokes), ink, width)
