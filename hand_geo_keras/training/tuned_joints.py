"""Method: named latent points of a trained model learn from annotated images."""

import dataclasses
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from hand_geo_keras.datasets import write_wild
from hand_geo_keras.datasets.instant_pool import InstantPool
from hand_geo_keras.datasets.preparation import Preparation
from hand_geo_keras.datasets.split import Split
from hand_geo_keras.errors import DatasetError
from hand_geo_keras.evaluation.predict import predict_poses
from hand_geo_keras.geometry.bones import bone_lengths
from hand_geo_keras.geometry.skeleton import NUM_JOINTS
from hand_geo_keras.layers.perspective_lift import palm_axes
from hand_geo_keras.models import JointTrainer, LiftHead, PoseEstimator
from hand_geo_keras.models.read_joints import reads_joints
from hand_geo_keras.optimizers import FusedAdamW
from hand_geo_keras.pipelines.crop_geometry import ViewJitter
from hand_geo_keras.pipelines.crop_sources import PoolViews
from hand_geo_keras.pipelines.crop_stream import CropStream
from hand_geo_keras.pipelines.labelled import labelled_views
from hand_geo_keras.precision import in_float32, in_policy
from hand_geo_keras.training.fitting import fit_resumable
from hand_geo_keras.training.profiles import JointTuning
from hand_geo_keras.training.self_training_labels import with_seen_joints
from hand_geo_keras.training.transfer import keep_statistics

_VIEWS_PER_INSTANT = 4


@dataclasses.dataclass(frozen=True)
class TunedJointsConfig:
    """What `tuned_joints` depends on.

    Args:
        training: `JointTuning`.
        crop_size: Side of the crops in pixels.
    """

    training: JointTuning
    crop_size: int


def tuned_joints(
    data: Split,
    labels: np.ndarray | None,
    config: TunedJointsConfig,
    parents: Any,
    folder: str | Path,
    seed: int,
) -> PoseEstimator:
    """Trains a model that reads real hands further, on annotated images of a recording.

    Every batch also holds rendered hands, which keep the model from forgetting poses
    and rooms that the recording does not show; they are rendered once, into the job's
    `rendered`. If the preset has joints where another convention has them
    (`JointConvention`), those of rendered hands are moved there, too. Batch statistics
    stay those of the preset. The size of the hand is that of the labels. Without labels
    the model learns from what it sees itself in all views of all images that are not
    measured, see `with_seen_joints`.

    Args:
        config: `TunedJointsConfig`.
        parents: One with a `PoseEstimator` that has named latent points.
        data, labels, folder, seed: See `Method`.

    Returns:
        `PoseEstimator`.

    Raises:
        DatasetError: The parent has no named latent points, or there are no labels and
            no instants with two views.
    """
    (parent,) = parents
    start, training, pool = parent.pose_estimator(), config.training, data.train.pool
    if not reads_joints(start):
        raise DatasetError(
            "'tuned_joints' starts from a model with named latent points; name one, "
            "such as --start=hand_128"
        )
    if labels is None:
        pool = with_seen_joints(start, data.unlabelled)
        labels = labelled_views(pool)
        if not len(labels):
            raise DatasetError(
                f"{data.name!r} has no instant that two cameras see, so that nothing "
                "is learned from it without labels; annotate images of it"
            )
    before = start.encoder.get_weights()
    encoder = in_policy(start.encoder, keras.config.dtype_policy().name)
    encoder.trainable = True
    keep_statistics(encoder)
    model = JointTrainer(encoder)
    steps = training.steps(len(labels))
    rate = keras.optimizers.schedules.CosineDecay(training.learning_rate, steps)
    model.compile(
        FusedAdamW(
            rate,
            weight_decay=0.01,
            global_clipnorm=training.clip_norm,
            use_ema=True,
            ema_momentum=training.ema_momentum,
        ),
        loss="mae",
    )
    real = CropStream(
        PoolViews(pool, labels),
        training.batch,
        seed,
        ViewJitter(roll_degrees=30.0),
        negatives=training.negatives,
        mirrored=0.0,
    )
    rendered = _rendered(training, config.crop_size, Path(folder) / "rendered", seed)

    def batches(first):
        datasets = [real.dataset(first)]
        if rendered:
            datasets.append(_in_convention_of(start, rendered.dataset(first)))
        return joined(datasets)

    fit_resumable(
        model,
        batches,
        folder,
        steps,
        description="Joints",
    )
    tuned = in_float32(encoder)
    _move_back(tuned, before, training.kept)
    length = bone_length(pool, labels)
    head = _tuned_head(start.pose_head, length, training.kept)
    model = PoseEstimator(tuned, head)
    head.get_layer("lift").offsets.assign(_joint_offsets(model, pool, labels))
    return model


def _move_back(tuned, start, part):
    """Gives `tuned` weights between those of the start and the tuned ones.

    Such weights keep most of what was learned from a few poses and most of what was
    known of all others (Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR
    2022).
    """
    pairs = zip(tuned.get_weights(), start)
    tuned.set_weights(
        [
            (new + part * (old - new)).astype(new.dtype)
            if new.dtype.kind == "f"
            else new
            for new, old in pairs
        ]
    )


def _in_convention_of(model, dataset):
    """Moves the points of a `CropStream`'s dataset to where a model has joints."""

    def move(inputs, targets):
        given = {"latent_3d": targets["points"], "scale": targets["scale"]}
        return inputs, {**targets, "points": model.pose_head.named_points(given)}

    return dataset.map(move) if model.pose_head.joint_convention else dataset


def _tuned_head(start, length, part):
    """The head of an encoder that was moved back by `part` to that of the start.

    The encoder has learned the convention of the start's head, and forgot `part` of it.
    """
    head = LiftHead(
        start.num_points,
        length,
        joint_offsets=True,
        joint_convention=start.joint_convention,
    )
    if start.joint_convention:
        offsets = start.get_layer("convention").offsets
        head.get_layer("convention").offsets.assign(part * offsets)
    return head


def _joint_offsets(model, pool, labels):
    """`[21, 3]` mean differences of labelled and predicted joints in the hand's axes.

    Data sets do not agree on where in the hand a joint is; few labels tell, and what
    they tell holds for all poses. Labelled hands are compared at the size of the
    model's, since the offsets are added to that.
    """
    views = np.asarray(labels)
    views = views[pool.valid[pool.instant_of_view[views]].all(1)]
    if not len(views):
        return np.zeros((NUM_JOINTS, 3), np.float32)
    true, predicted = pool.poses(views), predict_poses(model, pool, views)
    size = model.pose_head.total_bone_length / bone_lengths(true).sum(1)
    axes = np.asarray(palm_axes(predicted))
    difference = true * size[:, None, None] - predicted
    return np.einsum("nja,nba->njb", difference, axes).mean(0)


def bone_length(pool: InstantPool, views: Any) -> float:
    """Median sum of the lengths of all 20 bones in mm of fully labelled instants.

    Args:
        pool: `InstantPool`.
        views: Indices of annotated views.

    Returns:
        float; the average adult's, see `PerspectiveLift`, if no hand is complete.
    """
    instants = np.unique(pool.instant_of_view[views])
    joints = pool.joints[instants[pool.valid[instants].all(1)]]
    if not len(joints):
        return LiftHead.average_bone_length
    return float(np.median(bone_lengths(joints).sum(1)))


def _rendered(training, crop_size, folder, seed):
    """The `CropStream` of rendered hands, or None."""
    if not training.rendered_batch:
        return None
    preparation = Preparation(crop_size=crop_size, context=1.25)
    write_wild(
        folder,
        training.rendered_instants,
        views=_VIEWS_PER_INSTANT,
        workers=2,
        preparation=preparation,
    )
    return CropStream(folder, training.rendered_batch, seed)


def joined(datasets: list[tf.data.Dataset]) -> tf.data.Dataset:
    """Batches of several datasets as one: a `tf.data.Dataset` of their union."""

    def join(*batches):
        return tf.nest.map_structure(lambda *parts: tf.concat(parts, 0), *batches)

    return tf.data.Dataset.zip(tuple(datasets)).map(join).prefetch(2)
