"""Lengths and rates of the trainings of the real rig table."""

import dataclasses

from hand_geo_keras.pipelines import Augmentation
from hand_geo_keras.scenarios.grid_profiles import LabelledTraining

_AUGMENTATION = Augmentation(
    roll=45, shift=0.08, zoom=0.15, brightness=0.15, contrast=0.2, color=0.2
)
_SUPERVISED = LabelledTraining(min_steps=400, max_steps=600, batch=16)


@dataclasses.dataclass(frozen=True)
class Rehearsal:
    """Images in a batch beside annotated ones and quads, see `real_rig_rehearsal`.

    Args:
        dome_images: About how many images of the dome are drawn from, where one is
            given.
        dome_batch: Images of the dome in a batch.
        self_batch: Images of the recording in a batch that are labelled by the
            model itself.
    """

    dome_images: int = 6000
    dome_batch: int = 8
    self_batch: int = 12


@dataclasses.dataclass(frozen=True)
class FineTuning(LabelledTraining):
    """Training of the dome's (or the adapted) encoder and head on the labels.

    Args:
        encoder_rate: Learning rate of the encoder relative to that of the head.
        ema_momentum: Of the moving average of the weights that is kept.
    """

    epochs: float = 30.0
    min_steps: int = 200
    max_steps: int = 400
    batch: int = 16
    learning_rate: float = 3e-4
    encoder_rate: float = 1.0
    ema_momentum: float = 0.98


@dataclasses.dataclass(frozen=True)
class Adaptation:
    """View synthesis on the recording's unlabelled pairs, starting from the dome's.

    Args:
        steps: Training steps.
        quads: Unlabelled quads of the recording in a batch (four images each).
        pose_weight: Weight of the pose loss beside view synthesis.
        foreground_weight: Weight of the pixels that differ from the background.
        feature_weight: Weight of the ResNet-18 features.
        feature_every: Features of every n-th image only.
        min_time_gap: Distance of t and t′ in a quad, in instants.
        learning_rate: Initial learning rate; it decays along a cosine.
        settling_batches: Batches of the recording by which the statistics of the
            encoder's batch normalisation are set anew at the end.
    """

    steps: int = 300
    quads: int = 2
    pose_weight: float = 1.0
    foreground_weight: float = 7.0
    feature_weight: float = 0.0
    feature_every: int = 2
    min_time_gap: int = 5
    learning_rate: float = 1e-3
    settling_batches: int = 40


@dataclasses.dataclass(frozen=True)
class RealRigProfile:
    """Everything that decides what the table costs and how good it gets.

    Args:
        labels: Rows: numbers of labelled images.
        seeds: Seeds of the choice of labels and of all else that is random.
        augmentation: Ranges for all trainings alike.
        supervised: See `LabelledTraining`.
        rehearsal: See `Rehearsal`.
        fine_tuning: See `FineTuning`.
        adaptation: See `Adaptation`.
    """

    labels: tuple[int, ...] = (0, 16, 64, 200)
    seeds: tuple[int, ...] = (0, 1, 2)
    augmentation: Augmentation = _AUGMENTATION
    supervised: LabelledTraining = _SUPERVISED
    rehearsal: Rehearsal = Rehearsal()
    fine_tuning: FineTuning = FineTuning()
    adaptation: Adaptation = Adaptation()


_FEW_STEPS = {"min_steps": 2, "max_steps": 2, "batch": 4}

REAL_RIG_PROFILES = {
    # Seconds, for tests of the machinery; learns nothing worth looking at.
    "smoke": RealRigProfile(
        labels=(0, 4),
        seeds=(0,),
        supervised=LabelledTraining(**_FEW_STEPS),
        rehearsal=Rehearsal(dome_images=12, dome_batch=4, self_batch=4),
        fine_tuning=FineTuning(**_FEW_STEPS),
        adaptation=Adaptation(
            steps=2,
            quads=1,
            feature_weight=0.0,
            min_time_gap=1,
            settling_batches=1,
        ),
    ),
    "standard": RealRigProfile(),
}
