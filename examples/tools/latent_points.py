"""Latent 3D points of a model on crops: in the image, and from three sides.

    python examples/tools/latent_points.py --out=latent_points.jpg \\
        --data=runs/full/data/synthetic_full_128/synthetic_s09

A row shows a crop, the points where they are in it, and the same points rotated about
the vertical axis, as the decoder gets them. The named points, which are joints, are
joined finger by finger in colour; free ones are grey. Prints how far free points are
from the nearest bone and from their own centre, in percent of the crop's side.
"""

import json

import hand_geo_keras  # noqa: F401 - before TensorFlow, which it keeps quiet

# isort: split
import cv2
import numpy as np
from absl import app, flags
from scipy.spatial.transform import Rotation

from hand_geo_keras.datasets import load_instants
from hand_geo_keras.evaluation import encode_views
from hand_geo_keras.geometry.skeleton import EDGES, NUM_JOINTS
from hand_geo_keras.models import PoseEstimator
from hand_geo_keras.visualization.image_grid import image_grid
from hand_geo_keras.visualization.skeletons import overlay_skeleton

_DATA = flags.DEFINE_string("data", None, "Prepared instants.", required=True)
_MODEL = flags.DEFINE_string("model", "hand_128", "Preset: a name or a folder.")
_OUT = flags.DEFINE_string("out", None, "Image to write.", required=True)
_ROWS = flags.DEFINE_integer("rows", 4, "Crops in the image.")
_ANGLES, _CELL, _GREY = (0, 45, 90), 192, (140, 140, 140)


def main(_):
    pool = load_instants(_DATA.value)
    views = np.linspace(0, len(pool.images) - 1, _ROWS.value).astype(int)
    crops = pool.crops(views)
    points = encode_views(PoseEstimator.from_preset(_MODEL.value), pool, views)
    print(json.dumps(_spread(points)))
    rows = [_row(crop, of_crop) for crop, of_crop in zip(crops, points)]
    heads = ("input", "points", *(f"{angle} deg" for angle in _ANGLES))
    cv2.imwrite(
        _OUT.value,
        image_grid(rows, heads, _CELL)[..., ::-1],
        [cv2.IMWRITE_JPEG_QUALITY, 88],
    )


def _row(crop, points):
    """One crop, its points over it, and the points from several sides."""
    large = cv2.resize(crop, (_CELL, _CELL), interpolation=cv2.INTER_CUBIC)
    paper = np.full_like(large, 255)
    centred = points - points[:NUM_JOINTS].mean(0)
    turned = [
        centred @ Rotation.from_euler("y", angle, degrees=True).as_matrix().T
        for angle in _ANGLES
    ]
    return [
        large,
        _drawn(large, points),
        *(_drawn(paper, some / np.abs(centred).max() * 0.95) for some in turned),
    ]


def _drawn(canvas, points):
    """Points in halves of the image's side from its centre, over a copy of it."""
    canvas = canvas.copy()
    pixels = (points[:, :2] + 1) * _CELL / 2 - 0.5
    for pixel in pixels[NUM_JOINTS:]:
        place = tuple(map(int, np.round(pixel)))
        cv2.circle(canvas, place, 2, _GREY, -1, cv2.LINE_AA)
    return overlay_skeleton(canvas, pixels[:NUM_JOINTS], 1)


def _spread(points):
    """How far free points lie from bones and from their centre, in the image."""
    free, joints = points[:, NUM_JOINTS:, :2], points[:, :NUM_JOINTS, :2]
    start, end = (joints[:, list(ends)] for ends in zip(*EDGES))
    along = end - start  # [K, bones, 2]
    offset = free[:, :, None] - start[:, None]
    length = np.maximum((along**2).sum(-1), 1e-9)[:, None]
    place = np.clip((offset * along[:, None]).sum(-1) / length, 0, 1)
    apart = np.linalg.norm(offset - place[..., None] * along[:, None], axis=-1)
    centred = np.linalg.norm(free - free.mean(1, keepdims=True), axis=-1)
    return {
        "from the nearest bone": round(50 * float(apart.min(-1).mean()), 2),
        "from their centre": round(50 * float(centred.mean()), 2),
    }


if __name__ == "__main__":
    app.run(main)
