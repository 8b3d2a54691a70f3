"""Trains the five configurations; every function returns a model to be measured."""

import dataclasses

import keras
import numpy as np
import tensorflow as tf

from hand_geo_keras.models import PoseEstimator, SemiSupervisedPoseEstimator
from hand_geo_keras.pipelines import (
    labelled_dataset,
    labelled_views,
    semi_supervised_dataset,
)
from hand_geo_keras.scenarios.fitting import fit_resumable
from hand_geo_keras.scenarios.fused_labels import with_fused_labels
from hand_geo_keras.scenarios.grid_encoders import (
    Clock,
    decaying_adam,
    encoding,
    fused_points_of,
    latents_of,
    save_atomically,
    starting_synthesizer,
)
from hand_geo_keras.scenarios.grid_jobs import start_of
from hand_geo_keras.scenarios.grid_latents import encode_views
from hand_geo_keras.scenarios.grid_networks import (
    new_image_loss,
    new_pose_head,
    new_view_synthesizer,
)

STEPS_PER_EPOCH = 100
# Frozen cells cost seconds, most of which would be the overhead of single steps.
_STEPS_PER_CALL = 10
_MOST_ROLLED = 20_000  # encoding more rolled copies would cost minutes


class CellTrainer:
    """Trains one cell of the grid.

    Args:
        cell: `Cell`.
        grid: `Grid`.
        dataset: `GridDataset`.
        views: `[L]` indices of the annotated views in `dataset.train`.
        folder: Folder of backups and logs.
    """

    def __init__(self, cell, grid, dataset, views, folder):
        self.cell = cell
        self.grid = grid
        self.profile = grid.profile
        self.dataset = dataset
        self.pool = dataset.train
        self.views = views
        self.folder = folder
        self.clock = Clock(folder)

    def train(self):
        """Trains the cell's configuration.

        Returns:
            Model of crops to poses in mm.
        """
        keras.utils.set_random_seed(self.cell.seed)
        return getattr(self, f"_{self.cell.configuration}")()

    def _supervised(self):
        settings = self.profile.supervised
        encoder = new_view_synthesizer(self.profile, self.cell.seed).encoder
        model = PoseEstimator(
            encoder, new_pose_head(self.profile), trainable_encoder=True
        )
        pool, views = pool_of_views(self.pool, self.views)
        model.adapt(pool.poses(views), pool.valid[pool.instant_of_view[views]])
        steps = settings.steps(self.cell.annotations)
        model.compile(decaying_adam(settings.learning_rate, steps), loss="mse")
        self._fit(
            model,
            lambda first_batch: labelled_dataset(
                pool,
                views,
                settings.batch,
                self.cell.seed + first_batch,
                self.profile.augmentation,
            ),
            steps,
        )
        return model

    def _pre_trained(self):
        return self._frozen(copies=0)

    def _pre_trained_aug(self):
        return self._frozen(self.profile.head.rolled_copies)

    def _semi_supervised(self):
        settings = self.profile.semi_supervised
        synthesizer = starting_synthesizer(self.cell, self.grid)
        model = self._semi(synthesizer, new_pose_head(self.profile), settings)
        steps = settings.steps(self.cell.annotations)
        loss = new_image_loss(self.profile, self.grid.features)
        model.compile(decaying_adam(settings.learning_rate, steps), loss=loss)
        self._fit(model, self._mixed_batches(settings), steps)
        return model.pose_estimator

    def _fine_tuned(self):
        """Ours: all images are labelled by fused views, and the encoder released."""
        settings = self.profile.fine_tuned
        synthesizer = starting_synthesizer(self.cell, self.grid)
        start = start_of(self.cell, self.grid)
        self.pool = with_fused_labels(
            self.dataset.train,
            self.views,
            fused_points_of(start, self.grid, synthesizer),
            settings.ridge,
        )
        self.views = labelled_views(self.pool)
        # An untrained head would spoil the encoder before it had learned anything.
        head = self._head_on_all_latents(synthesizer)
        model = self._semi(synthesizer, head, settings)
        steps = settings.steps(self.cell.annotations)
        loss = new_image_loss(self.profile, self.grid.features)
        model.compile(decaying_adam(settings.learning_rate, steps), loss=loss)
        self._fit(model, self._mixed_batches(settings), steps)
        # Its decoder belongs to the encoder as it is now, see `trained_preset`.
        save_atomically(synthesizer, self.folder / "view_synthesizer.keras")
        return model.pose_estimator

    def _frozen(self, copies):
        """A new head on the cached latents of a pre-trained encoder."""
        synthesizer = starting_synthesizer(self.cell, self.grid)
        model = PoseEstimator(synthesizer.encoder, new_pose_head(self.profile))
        latents, poses, valid = self._labelled_latents(synthesizer, self.views, copies)
        model.adapt(poses, valid)
        self._fit_head(model, latents, poses, valid, self.cell.annotations)
        return model

    def _head_on_all_latents(self, synthesizer):
        """A pose head trained on cached latents of the pool's fused labels."""
        views = self.dataset.training_views()
        model = PoseEstimator(synthesizer.encoder, new_pose_head(self.profile))
        model.adapt(self.pool.poses(self.views))  # as the training that follows
        latents, poses, valid = self._labelled_latents(synthesizer, views, copies=0)
        self._fit_head(model, latents, poses, valid, len(views))
        synthesizer.encoder.trainable = True
        return model.pose_head

    def _fit_head(self, model, latents, poses, valid, annotations):
        """Trains the head of an estimator on latents `[L, N, 3]`."""
        settings = self.profile.head
        steps = settings.steps(annotations)
        model.compile(
            decaying_adam(settings.learning_rate, steps),
            loss="mse",
            steps_per_execution=min(_STEPS_PER_CALL, steps),
        )
        batches = (
            tf.data.Dataset.from_tensor_slices(({"latent_3d": latents}, poses, valid))
            .shuffle(len(poses), seed=self.cell.seed)
            .repeat()
            .batch(settings.batch, drop_remainder=True)
            .prefetch(tf.data.AUTOTUNE)
        )
        model.fit(
            batches,
            steps_per_epoch=steps,
            callbacks=[self.clock],
            shuffle=False,
            verbose=0,
        )

    def _labelled_latents(self, synthesizer, views, copies):
        """Latents `[L', N, 3]`, poses and validity of labels and rolled copies."""
        pool = self.pool
        number = np.searchsorted(self.dataset.training_views(), views)
        cached = latents_of(
            start_of(self.cell, self.grid), self.grid, synthesizer, "train"
        )
        latents, poses = cached[number], pool.poses(views)
        valid = pool.valid[pool.instant_of_view[views]].astype(np.float32)
        copies = min(copies, _MOST_ROLLED // len(views))
        if copies:
            rolled = encode_views(
                encoding(synthesizer),
                pool,
                views,
                copies,
                self.profile.pre_training.roll,
                self.cell.seed,
            )
            latents, poses = (part.reshape(-1, *part.shape[2:]) for part in rolled)
            valid = np.tile(valid, (copies + 1, 1))
        return latents, poses, valid

    def _semi(self, synthesizer, head, settings):
        model = SemiSupervisedPoseEstimator(
            synthesizer, head, pose_loss_weight=settings.pose_weight
        )
        valid = self.pool.valid[self.pool.instant_of_view[self.views]]
        model.adapt(self.pool.poses(self.views), valid)
        return model

    def _mixed_batches(self, settings):
        return lambda first_batch: semi_supervised_dataset(
            self.pool,
            self.views,
            settings.batch,
            settings.quads,
            self.cell.seed + first_batch,
            dataclasses.replace(self.profile.augmentation, roll=settings.roll),
            self.profile.views.min_time_gap,
        )

    def _fit(self, model, batches_from, steps):
        fit_resumable(
            model,
            batches_from,
            self.folder / "training",
            steps,
            min(STEPS_PER_EPOCH, steps),
            description=self.cell.name,
            callbacks=[self.clock],
        )


def pool_of_views(pool, views):
    """The part of a pool that holds some views.

    Args:
        pool: `InstantPool`.
        views: `[L]` indices of views.

    Returns:
        `(InstantPool, [L] indices of the same views in it)`.
    """
    instants = np.unique(pool.instant_of_view[views])
    kept = np.isin(pool.instant_of_view, instants)
    return pool.select(instants), (np.cumsum(kept) - 1)[views]
