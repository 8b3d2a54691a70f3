"""Measures how well a view synthesizer decodes other views of an instant."""

from typing import Any

import numpy as np

from hand_geo_keras.datasets.instant_pool import InstantPool
from hand_geo_keras.datasets.split import Split
from hand_geo_keras.evaluation.hand_region import hand_region, psnr
from hand_geo_keras.evaluation.predict import hand_places, in_batches
from hand_geo_keras.evaluation.view_baselines import view_baselines, view_pairs
from hand_geo_keras.geometry import relative_rotation
from hand_geo_keras.models.view_synthesizer import ViewSynthesizer
from hand_geo_keras.pipelines import fixed_quads

_BATCH = 64
_QUADS, _QUADS_PER_BATCH = 64, 8


def foreground_psnr(model: ViewSynthesizer, pool: InstantPool) -> float:
    """PSNR of the other view in dB, where it differs from its background.

    Needs no label, and takes forearm, body and shadows for foreground too; compare it
    with itself only, not with the hand's PSNR of `measure_view_synthesis`.

    Args:
        model: `ViewSynthesizer`.
        pool: `InstantPool`, of which 64 fixed quads are decoded.

    Returns:
        float, mean over all images of the quads.
    """
    model.psnr_hand.reset_state()
    for quads in fixed_quads(pool, _QUADS, _QUADS_PER_BATCH):
        model.update_image_metrics(quads, model(quads, training=False))
    return float(np.asarray(model.psnr_hand.result()))


def synthesize_views(
    model: ViewSynthesizer, pool: InstantPool, sources: np.ndarray, targets: np.ndarray
) -> np.ndarray:
    """Decodes target views from source views.

    Args:
        model: `ViewSynthesizer`.
        pool: `InstantPool`.
        sources: `[K]` views that the model sees.
        targets: `[K]` views to decode: their rotations, backgrounds and places of the
            hand are given.

    Returns:
        `[K, S, S, 3]` float32 images in 0..255.
    """
    rotation = relative_rotation(pool.rotations[sources], pool.rotations[targets])
    own, wanted = (hand_places(pool, views) for views in (sources, targets))
    wanted = {f"target_{name}": value for name, value in wanted.items()}
    names = [*own, *wanted]

    def decode(sources, targets, rotation, *places):
        inputs = {
            "image": pool.crops(sources),
            "rotation": rotation,
            "background": pool.background_crops(targets),
            **dict(zip(names, places)),
        }
        return model.synthesize(inputs)["image"]

    places = [*own.values(), *wanted.values()]
    return in_batches(decode, sources, targets, rotation, *places, batch=_BATCH)


def measure_view_synthesis(
    model: ViewSynthesizer, split: Split, part: Any
) -> dict[Any, Any]:
    """Hand PSNR of all pairs of labelled views, on training pairs and of baselines.

    Args:
        model: `ViewSynthesizer`.
        split: `Split`.
        part: Name of the measured part.

    Returns:
        dict with `psnr_hand_db`, `psnr_hand_train_db` and `baselines`, in dB over
        `hand_region`.
    """
    measured = split.part(part).pool
    sources, targets = labelled_pairs(measured)
    images, regions = measured.crops(targets), hand_region(measured, targets)
    baselines = view_baselines(split.train.pool, measured, sources, targets)
    return {
        "psnr_hand_db": _hand_psnr(model, measured),
        "psnr_hand_train_db": _hand_psnr(model, split.train.pool),
        "baselines": {
            name: round(psnr(predicted, images, regions), 2)
            for name, predicted in baselines.items()
        },
    }


def labelled_pairs(pool: InstantPool) -> Any:
    """`view_pairs` of all labelled instants."""
    return view_pairs(pool, np.flatnonzero(pool.labelled))


def _hand_psnr(model, pool):
    sources, targets = labelled_pairs(pool)
    predicted = synthesize_views(model, pool, sources, targets)
    return round(psnr(predicted, pool.crops(targets), hand_region(pool, targets)), 2)
