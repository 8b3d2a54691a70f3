"""Adapts the dome's model to a recording without a label of it."""

import keras
import tensorflow as tf

from hand_geo_keras.losses import PixelFeatureLoss
from hand_geo_keras.models import (
    PoseEstimator,
    SemiSupervisedPoseEstimator,
    ViewSynthesizer,
    save_to_preset,
)
from hand_geo_keras.models.view_synthesizer import merge_views
from hand_geo_keras.pipelines import joined_batches, quad_dataset
from hand_geo_keras.scenarios.fitting import fit_resumable
from hand_geo_keras.scenarios.grid_encoders import Clock, decaying_adam
from hand_geo_keras.scenarios.grid_jobs import begin, finish
from hand_geo_keras.scenarios.real_rig_data import load_rig_data
from hand_geo_keras.scenarios.real_rig_rehearsal import dome_source, self_source

STEPS_PER_EPOCH = 100
ADAPTED = "preset"  # folder of the adapted model in that of its job


def adapt(job, rig):
    """Trains encoder, decoder and head on the recording, without a label of it.

    View synthesis on the unlabelled pairs alone would move the latent points away
    from what the head has learned. So every batch also holds labelled images for
    it: crops of the recording with the labels that the model gives itself
    (`self_labelled`) and, with a dome, rendered ones. Batch normalisation sees quads
    and labelled images in batches of their own; at the end its statistics are those
    of the recording.

    Args:
        job: `AdaptationJob`.
        rig: `RealRig`.

    Returns:
        dict with the seconds it took and what was learned from.
    """
    folder = begin(job, rig)
    settings = rig.profile.adaptation
    footage = load_rig_data(rig.prepared, rig.stretch).footage
    keras.utils.set_random_seed(job.seed)
    synthesizer = ViewSynthesizer.from_preset(rig.preset)
    start = PoseEstimator.from_preset(rig.preset)
    model = SemiSupervisedPoseEstimator(
        synthesizer, start.pose_head, pose_loss_weight=settings.pose_weight
    )
    copy_scaling(start, model.pose_estimator)
    loss = PixelFeatureLoss(
        rig.features,
        feature_weight=settings.feature_weight,
        foreground_weight=settings.foreground_weight,
        feature_every=settings.feature_every,
    )
    model.compile(decaying_adam(settings.learning_rate, settings.steps), loss=loss)
    clock = Clock(folder)
    sources = self_source(rig, start, footage) + dome_source(rig)
    fit_resumable(
        model,
        lambda first: _mixed(rig, footage, sources, job.seed + first),
        folder / "training",
        settings.steps,
        min(STEPS_PER_EPOCH, settings.steps),
        description=f"Adapting (seed {job.seed})",
        callbacks=[clock],
    )
    settle_statistics(synthesizer, _quads(rig, footage, job.seed))
    save_to_preset(
        folder / ADAPTED, synthesizer, model.pose_estimator, half_precision=False
    )
    result = {
        "train_seconds": round(clock.seconds, 1),
        "features": loss.description,
        "instants": len(footage),
        "labels_from": "itself and the dome" if rig.dome else "itself",
    }
    finish(job, rig, result)
    return result


def copy_scaling(source, target, scale=1.0):
    """Gives a `PoseEstimator` the standardisation of poses of another one.

    Args:
        source, target: `PoseEstimator`.
        scale: Factor of all lengths.
    """
    target.pose_mean.assign(source.pose_mean * scale)
    target.pose_std.assign(source.pose_std * scale)


def settle_statistics(synthesizer, quads):
    """Moves the statistics of the encoder's batch normalisation to some images.

    Args:
        synthesizer: `ViewSynthesizer`; no weight that is trained changes.
        quads: Finite dataset of quad batches.
    """
    encoder = synthesizer.encoder
    encoder.trainable = True  # frozen layers would keep their statistics
    for batch in quads:
        encoder(synthesizer.normalize(merge_views(batch["image"])), training=True)


def _mixed(rig, footage, sources, seed):
    settings, augmentation = rig.profile.adaptation, rig.profile.augmentation
    labels = joined_batches(sources, seed, augmentation)
    quads = quad_dataset(
        footage, settings.quads, seed, augmentation, settings.min_time_gap
    )
    return tf.data.Dataset.zip(labels, quads).map(
        lambda label, quad: (
            {"labelled": label[0], "unlabelled": quad},
            *label[1:],
        )
    )


def _quads(rig, footage, seed):
    settings = rig.profile.adaptation
    quads = quad_dataset(
        footage, settings.quads, seed, rig.profile.augmentation, settings.min_time_gap
    )
    return quads.take(settings.settling_batches)
