"""The four trainings of a run on one recording, each saved when it is finished."""

import shutil
import time
from pathlib import Path

import keras

from hand_geo_keras.callbacks import NovelViewPanel
from hand_geo_keras.datasets.instant_folder import read_json
from hand_geo_keras.datasets.prepare import write_json
from hand_geo_keras.losses import PixelFeatureLoss
from hand_geo_keras.models import (
    PoseEstimator,
    PoseHead,
    SemiSupervisedPoseEstimator,
    UNetEncoder,
    ViewDecoder,
    ViewSynthesizer,
)
from hand_geo_keras.pipelines import (
    fixed_quads,
    labelled_dataset,
    quad_dataset,
    semi_supervised_dataset,
)
from hand_geo_keras.scenarios.fitting import fit_resumable

STEPS_PER_EPOCH = 50
_PANEL_ROWS = 4


class RecordingTrainer:
    """Trains the models of a run; what an earlier call finished is loaded instead.

    Args:
        out_dir: Folder of models, backups and logs.
        profile: `RecordingProfile`.
        footage: `InstantPool` whose images may be learned from.
        labels: `[L]` indices of the annotated views in it; no other label is used.
        features: `ResNet18Features` of the image loss, or its `weights` argument.
        seed: Seed of weights, batches and augmentation.
    """

    def __init__(self, out_dir, profile, footage, labels, features, seed=0):
        self.out_dir = Path(out_dir)
        self.profile = profile
        self.footage = footage
        self.labels = labels
        self.seed = seed
        self.image_loss = PixelFeatureLoss(
            features, foreground_weight=profile.foreground_weight
        )

    def view_synthesizer(self):
        """View synthesis on the unlabelled pairs."""
        profile = self.profile

        def train(folder):
            model = self._new_view_synthesizer()
            model.compile(self._optimizer(profile.view_steps), loss=self.image_loss)
            fit_resumable(
                model,
                self._quads,
                folder,
                profile.view_steps,
                self._steps_per_epoch(profile.view_steps),
                description="View synthesis",
                callbacks=[
                    self._tensorboard("view_synthesis"),
                    self._panel("view_synthesis"),
                ],
            )
            return model

        return self._once("view_synthesizer", train)

    def pre_trained(self, view_synthesizer):
        """A pose head on the frozen encoder of a trained view synthesizer."""
        return self._pose_estimator(
            "pre_trained", lambda: view_synthesizer.encoder, trainable_encoder=False
        )

    def supervised(self):
        """Encoder and pose head from scratch, on the labels alone."""
        return self._pose_estimator(
            "supervised", self._new_encoder, trainable_encoder=True
        )

    def semi_supervised(self):
        """Both losses at once from scratch, labels oversampled."""
        profile = self.profile

        def train(folder):
            model = SemiSupervisedPoseEstimator(
                self._new_view_synthesizer(), self._new_pose_head()
            )
            model.adapt(self.footage.poses(self.labels), self._validity())
            model.compile(self._optimizer(profile.semi_steps), loss=self.image_loss)
            fit_resumable(
                model,
                lambda first_batch: semi_supervised_dataset(
                    self.footage,
                    self.labels,
                    profile.pose_batch,
                    profile.quads,
                    self.seed + first_batch,
                    profile.augmentation,
                    profile.min_time_gap,
                ),
                folder,
                profile.semi_steps,
                self._steps_per_epoch(profile.semi_steps),
                description="Semi-supervised",
                callbacks=[
                    self._tensorboard("semi_supervised"),
                    self._panel("semi_supervised"),
                ],
            )
            return model

        return self._once("semi_supervised", train)

    def seconds(self):
        """dict from training to the seconds it took, over all its runs."""
        return read_json(self.out_dir / "seconds.json")

    def _pose_estimator(self, name, encoder, trainable_encoder):
        profile = self.profile

        def train(folder):
            model = PoseEstimator(
                encoder(), self._new_pose_head(), trainable_encoder=trainable_encoder
            )
            model.adapt(self.footage.poses(self.labels), self._validity())
            model.compile(self._optimizer(profile.pose_steps), loss="mse")
            fit_resumable(
                model,
                lambda first_batch: labelled_dataset(
                    self.footage,
                    self.labels,
                    profile.pose_batch,
                    self.seed + first_batch,
                    profile.augmentation,
                ),
                folder,
                profile.pose_steps,
                self._steps_per_epoch(profile.pose_steps),
                description=name.replace("_", "-").capitalize(),
                callbacks=[self._tensorboard(name)],
            )
            return model

        return self._once(name, train)

    def _once(self, name, train):
        path = self.out_dir / f"{name}.keras"
        if path.exists():
            return keras.saving.load_model(path, compile=False)
        folder = self.out_dir / "training" / name
        keras.utils.set_random_seed(self.seed)
        start = time.time()
        try:
            model = train(folder)
        finally:
            self._add_seconds(name, time.time() - start)
        temporary = path.with_name(f"{name}.tmp.keras")
        model.save(temporary)
        temporary.replace(path)
        shutil.rmtree(folder / "backup", ignore_errors=True)
        return model

    def _add_seconds(self, name, seconds):
        path = self.out_dir / "seconds.json"
        spent = read_json(path)
        write_json(path, {**spent, name: round(spent.get(name, 0) + seconds, 1)})

    def _quads(self, first_batch):
        profile = self.profile
        return quad_dataset(
            self.footage,
            profile.quads,
            self.seed,
            profile.augmentation,
            profile.min_time_gap,
            first_batch,
        )

    def _validity(self):
        return self.footage.valid[self.footage.instant_of_view[self.labels]]

    def _new_encoder(self):
        profile = self.profile
        return UNetEncoder(
            profile.crop_size,
            profile.widths,
            profile.num_points,
            profile.appearance_dim,
        )

    def _new_view_synthesizer(self):
        profile = self.profile
        decoder = ViewDecoder(
            profile.crop_size,
            profile.widths,
            profile.num_points,
            profile.appearance_dim,
            background_mode=profile.background_mode,
            convs_per_stage=profile.convs_per_stage,
        )
        return ViewSynthesizer(
            self._new_encoder(),
            decoder,
            latent_consistency_weight=profile.latent_consistency_weight,
            seed=self.seed,
        )

    def _new_pose_head(self):
        profile = self.profile
        return PoseHead(profile.num_points, hidden_units=profile.hidden_units)

    def _optimizer(self, steps):
        decay = keras.optimizers.schedules.CosineDecay(
            self.profile.learning_rate, steps
        )
        return keras.optimizers.Adam(decay)

    def _steps_per_epoch(self, steps):
        return min(STEPS_PER_EPOCH, steps)

    def _tensorboard(self, name):
        return keras.callbacks.TensorBoard(self.out_dir / "logs" / name)

    def _panel(self, name):
        profile = self.profile
        (quads,) = fixed_quads(
            self.footage, _PANEL_ROWS, _PANEL_ROWS, self.seed, profile.min_time_gap
        )
        return NovelViewPanel(quads, self.out_dir / "logs" / name)
