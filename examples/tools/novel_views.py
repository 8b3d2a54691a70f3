"""Hands decoded as another camera sees them, by one model or several, beside the truth.

    python examples/tools/novel_views.py --data=runs/wild_val \\
        --models=hand_128,runs/mine --out=novel_views.jpg

Prints the PSNR of the hand's pixels over pairs of views, beside those of the background
alone, of the source image as it is, and of the target's own hand as a flat patch, which
knows the true outline and colour. A row of the image: source, each model's view, the
target.
"""

import json

import hand_geo_keras  # noqa: F401 - before TensorFlow, which it keeps quiet

# isort: split
import cv2
import numpy as np
from absl import app, flags

from hand_geo_keras.datasets import load_instants
from hand_geo_keras.evaluation.hand_region import hand_region, psnr
from hand_geo_keras.evaluation.view_synthesis import synthesize_views
from hand_geo_keras.models import ViewSynthesizer

_DATA = flags.DEFINE_string("data", None, "Prepared instants.", required=True)
_MODELS = flags.DEFINE_list("models", ["hand_128"], "Presets: names or folders.")
_OUT = flags.DEFINE_string("out", None, "Image to write.")
_PAIRS = flags.DEFINE_integer("pairs", 256, "Pairs of views to measure.")
_ROWS = flags.DEFINE_integer("rows", 8, "Pairs in the image.")
_SCALE = 1.5


def main(_):
    pool = load_instants(_DATA.value)
    sources, targets = _pairs(pool)
    truth, region = pool.crops(targets), hand_region(pool, targets)
    backgrounds = pool.background_crops(targets)
    decoded = {
        name: synthesize_views(
            ViewSynthesizer.from_preset(name), pool, sources, targets
        )
        for name in _MODELS.value
    }
    baselines = {
        "background alone": backgrounds,
        "source copied": pool.crops(sources),
        "true outline in its mean colour": _mean_colour(truth, region, backgrounds),
    }
    figures = {
        name: round(float(psnr(images, truth, region)), 2)
        for name, images in (decoded | baselines).items()
    }
    print(json.dumps(figures))
    if _OUT.value:
        shown = np.linspace(0, len(sources) - 1, _ROWS.value).astype(int)
        columns = [pool.crops(sources), *decoded.values(), truth]
        _write([np.hstack([column[row] for column in columns]) for row in shown])


def _pairs(pool):
    """A pair of views of every instant, the same whatever models are compared."""
    rng = np.random.default_rng(0)
    views = [
        np.flatnonzero(pool.instant_of_view == instant)
        for instant in np.flatnonzero(pool.labelled)
    ]
    chosen = [rng.choice(some, 2, replace=False) for some in views if len(some) > 1]
    return np.array(chosen[: _PAIRS.value]).T


def _mean_colour(truth, region, backgrounds):
    """Each target's hand as a flat patch of its own mean colour."""
    inside = np.asarray(region, np.float64).reshape(*truth.shape[:3], 1)
    total = np.maximum(inside.sum((1, 2), keepdims=True), 1)
    colour = (truth * inside).sum((1, 2), keepdims=True) / total
    return inside * colour + (1 - inside) * backgrounds


def _write(rows):
    """Pairs in two columns."""
    half = -(-len(rows) // 2)
    gap = np.full((len(rows[0]) * half, 12, 3), 255, np.uint8)
    left, right = np.vstack(rows[:half]), np.vstack(rows[half:])
    image = np.hstack([left, gap, right]).round().clip(0, 255).astype(np.uint8)
    image = cv2.resize(image, None, fx=_SCALE, fy=_SCALE, interpolation=cv2.INTER_CUBIC)
    cv2.imwrite(_OUT.value, image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])


if __name__ == "__main__":
    app.run(main)
