"""What pre-training has learned of fingers, measured without a pose head.

The pose error of a head says most of all how well orientation is known. These say how
much of the articulation the latent points and the decoder hold.
"""

import functools

import numpy as np

from hand_geo_keras.datasets.split import Part, Split
from hand_geo_keras.evaluation import measure_poses
from hand_geo_keras.evaluation.hand_region import finger_region, psnr
from hand_geo_keras.evaluation.predict import hand_places
from hand_geo_keras.evaluation.view_synthesis import labelled_pairs, synthesize_views
from hand_geo_keras.models import ViewSynthesizer
from hand_geo_keras.training.multi_view_labels import joints_from_points
from hand_geo_keras.training.trained import TrainedFolder, latents_of

MEASURES = ("read_out_pa_mpjpe_mm", "psnr_fingers_db")
TRAINING_VIEWS = 4000  # at most, at random
_PAIRS = 1000  # of views, likewise
_SEED = 0


def finger_measures(
    encoder: TrainedFolder, split: Split
) -> dict[str, dict[str, float]]:
    """Measures of the fingers of a pre-trained `ViewSynthesizer`, computed once.

    Args:
        encoder: Its finished job.
        split: `Split`, whose training labels the read-out is fitted to.

    Returns:
        dict from measured part to a dict of `read_out_pa_mpjpe_mm`, see
        `read_out_error`, and `psnr_fingers_db`, see `finger_psnr`.
    """

    def compute(name):
        model = encoder.view_synthesizer()
        error = read_out_error(encoder, model, split, name)
        return np.array([error, finger_psnr(model, split.measured[name])])

    measured = {}
    for name in split.measured:
        values = encoder.cached(f"fingers_{name}", functools.partial(compute, name))
        measured[name] = dict(zip(MEASURES, np.round(values, 2).tolist()))
    return measured


def read_out_error(
    encoder: TrainedFolder, model: ViewSynthesizer, split: Split, name: str
) -> float:
    """PA-MPJPE in mm of joints that are read linearly from the points of one view.

    The read-out is a ridge regression in the hand's own frame (`joints_from_points`),
    fitted to `TRAINING_VIEWS` labels, so that neither a head nor few labels are
    measured. Points that say nothing would have the error of one constant articulation.

    Args:
        encoder: `TrainedFolder` of the model, beside which latent points are cached.
        model: Its `ViewSynthesizer`.
        split: `Split`.
        name: Name of the measured part.
    """
    train, part = split.train, split.measured[name]
    chosen = _some(train.views, TRAINING_VIEWS)
    seen = latents_of(encoder, model, split, "unlabelled")[split.in_unlabelled(chosen)]
    points = [
        _in_mm(seen, train.pool, chosen),
        _in_mm(latents_of(encoder, model, split, name), part.pool, part.views),
    ]
    joints = np.concatenate([train.pool.poses(chosen), np.zeros_like(part.poses)])
    valid = np.concatenate([train.pool.validity(chosen), np.zeros_like(part.valid)])
    found = joints_from_points(np.concatenate(points), joints, valid)
    poses = found[len(chosen) :]
    return measure_poses(part, poses - poses[:, :1])["pa_mpjpe_mm"]


def finger_psnr(model: ViewSynthesizer, part: Part) -> float:
    """PSNR in dB of other views of an instant, where these show fingers.

    Args:
        model: `ViewSynthesizer`.
        part: `Part` that is measured.
    """
    sources, targets = _some(np.stack(labelled_pairs(part.pool), axis=1), _PAIRS).T
    predicted = synthesize_views(model, part.pool, sources, targets)
    regions = finger_region(part.pool, targets)
    return psnr(predicted, part.pool.crops(targets), regions)


def _in_mm(latents, pool, views):
    """`[K, N, 3]` latent points of views in mm, as joints are."""
    return latents * hand_places(pool, views)["crop_scale"][:, None, None]


def _some(rows, most):
    """At most so many rows, chosen at random, in order."""
    count = min(most, len(rows))
    chosen = np.random.default_rng(_SEED).choice(len(rows), count, replace=False)
    return rows[np.sort(chosen)]
