"""Method: joints learned from few annotated images label all others, and so on."""

import dataclasses
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from hand_geo_keras.datasets.split import Split
from hand_geo_keras.geometry.skeleton import NUM_JOINTS
from hand_geo_keras.io import replacing
from hand_geo_keras.models import CompactEncoder, JointTrainer, LiftHead, PoseEstimator
from hand_geo_keras.models.matching_layers import copy_matching_layers
from hand_geo_keras.pipelines.crop_geometry import ViewJitter
from hand_geo_keras.pipelines.crop_sources import PoolViews
from hand_geo_keras.pipelines.crop_stream import CropStream
from hand_geo_keras.pipelines.photometric import recolour
from hand_geo_keras.precision import in_float32
from hand_geo_keras.training.fitting import decaying_optimizer, fit_resumable
from hand_geo_keras.training.multi_view_labels import (
    joints_from_points,
    triangulated_joints,
    triangulated_points,
)
from hand_geo_keras.training.profiles import Bootstrapping
from hand_geo_keras.training.trained import latents_of
from hand_geo_keras.training.tuned_joints import bone_length, joined


@dataclasses.dataclass(frozen=True)
class BootstrappedConfig:
    """What `bootstrapped` depends on.

    Args:
        training: `Bootstrapping`.
    """

    training: Bootstrapping


def bootstrapped(
    data: Split,
    labels: np.ndarray,
    config: BootstrappedConfig,
    parents: Any,
    folder: str | Path,
    seed: int,
) -> PoseEstimator:
    """Ours: multi-view bootstrapping, from what view synthesis has learned on.

    The annotated instants say how joints follow from triangulated latent points, which
    labels all other instants. With these labels the encoder learns to see the joints
    themselves; triangulated from all views of an instant they are better than in any
    of them, and say better which joints follow, for the next round.

    Args:
        config: `BootstrappedConfig`.
        parents: One with a `ViewSynthesizer` of a `CompactEncoder`.
        data, labels, folder, seed: See `Method`.

    Returns:
        `PoseEstimator` whose first latent points are the joints.

    Reference:
        Simon et al., "Hand keypoint detection in single images using multiview
        bootstrapping", CVPR 2017.
    """
    (parent,) = parents
    synthesizer, training = parent.view_synthesizer(), config.training
    pool, views = data.unlabelled, data.in_unlabelled(labels)
    known = np.zeros(len(pool), bool)
    known[pool.instant_of_view[views]] = True
    is_known = known[pool.instant_of_view]
    annotated = np.flatnonzero(is_known & pool.labelled[pool.instant_of_view])
    others = data.head_views[~is_known[data.head_views]]
    encoder = _encoder(synthesizer.encoder)
    head = LiftHead(encoder.num_points, bone_length(pool, views))
    if len(others):
        latents = latents_of(parent, synthesizer, data, "unlabelled")
        points = triangulated_points(pool, latents[..., :2])
        pool = _labelled(pool, known, points, training.ridge)
    # Where all is annotated nothing is left to be labelled for a second round.
    rounds, parts = (training.rounds, 1) if len(others) else (1, training.rounds)
    for number in range(rounds):
        _train(encoder, pool, annotated, others, training, parts, folder, number, seed)
        if number + 1 < rounds:
            model = PoseEstimator(in_float32(encoder), head)
            joints, _ = triangulated_joints(model, pool)
            pool = _labelled(pool, known, joints, training.ridge)
    return PoseEstimator(in_float32(encoder), head)


def _encoder(pre_trained):
    """The pre-trained network, whose points become the joints."""
    config = pre_trained.get_config()
    named = {"num_points": NUM_JOINTS, "named_joints": True, "trainable": True}
    encoder = CompactEncoder.from_config({**config, **named})
    copy_matching_layers(pre_trained, encoder)
    return encoder


def _labelled(pool, known, points, ridge):
    """A pool in which labels of all instants but the known ones follow from points."""
    valid = pool.valid & known[:, None]
    joints = joints_from_points(points, pool.joints, valid, ridge)
    labels = np.where(known[:, None, None], pool.joints, np.nan_to_num(joints))
    return dataclasses.replace(
        pool,
        joints=labels.astype(np.float32),
        valid=np.where(known[:, None], pool.valid, np.isfinite(joints).all(-1)),
    )


def _train(encoder, pool, annotated, others, training, parts, folder, number, seed):
    """One round; once it is done, its weights are read from the job's folder."""
    path = Path(folder) / f"round{number}.weights.h5"
    if path.exists():
        encoder.load_weights(path)
        return
    images = training.batch + training.pseudo_batch
    share = len(annotated) / (len(annotated) + len(others))
    batch = max(training.batch, round(share * images))
    sources = [(annotated, batch)]
    if batch < images:
        sources.append((others, images - batch))
    jitter = ViewJitter(training.roll, 0.0, training.shift, training.zoom)
    streams = [
        CropStream(
            PoolViews(pool, views),
            size,
            seed + number,
            jitter,
            negatives=0.0,
            mirrored=0.0,
            occluded=0.0,
            photometric=recolour,
        )
        for views, size in sources
    ]
    steps = parts * training.steps(len(annotated))
    encoder.trainable = True  # a `PoseEstimator` that labelled freezes it
    model = JointTrainer(encoder)
    model.compile(decaying_optimizer(training, steps), loss="mae")
    name = f"round{number}"
    fit_resumable(
        model,
        lambda first: joined([stream.dataset(first) for stream in streams]),
        folder,
        steps,
        description=f"Joints, round {number + 1}",
        backup=name,
    )
    with replacing(path) as partial:
        encoder.save_weights(partial)
    shutil.rmtree(Path(folder) / name / "backup", ignore_errors=True)
