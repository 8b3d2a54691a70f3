"""How large the networks are and how long the trainings: the profiles."""

import dataclasses
from typing import Any

from hand_geo_keras.pipelines import Augmentation

_NO_LIMIT = 10**9  # steps
# What came later; fingerprints of jobs leave it out where it is the default, so that
# what was trained before stays finished.
CAME_LATER = "came later"


def _came_later(default):
    return dataclasses.field(default=default, metadata={CAME_LATER: True})


_AUGMENTATION = Augmentation(
    shift=0.08, zoom=0.15, brightness=0.15, contrast=0.2, color=0.2
)


@dataclasses.dataclass(frozen=True)
class Network:
    """Size of the networks, the same for every column.

    Args:
        preset: Name in `hand_geo_keras.models.PRESETS`.
        image_size: Side of the crops in pixels.
        num_points: Number of latent 3D points; the preset's if None.
        appearance_dim: Length of the appearance code; the preset's if None.
        widths: Channels of the stages; the preset's if None.
        hidden_units: Hidden layers of the pose head; the preset's if None.
        background_mode: `"alpha"` or `"concat"`, see `BackgroundCompositing`.
    """

    preset: str = "compact_64"
    image_size: int = 64
    num_points: int | None = None
    appearance_dim: int | None = None
    widths: tuple[int, ...] | None = None
    hidden_units: tuple[int, ...] | None = None
    background_mode: str = "alpha"


@dataclasses.dataclass(frozen=True)
class ViewSynthesis:
    """The image loss and the quads, wherever view synthesis is trained.

    Args:
        foreground_weight: Weight of the pixels that differ from the background.
        feature_weight: Weight of the ResNet-18 features.
        feature_every: Features of every n-th image only.
        self_reconstruction: Probability of decoding into the own view.
        min_time_gap: Distance of t and t′ in instants.
        features: Weights of the feature loss, see `ResNet18Features`.
    """

    foreground_weight: float = 7.0
    feature_weight: float = 2.0
    feature_every: int = 2
    self_reconstruction: float = 0.0
    min_time_gap: int = 3
    features: str | None = "auto"


@dataclasses.dataclass(frozen=True)
class PreTraining:
    """View synthesis on all training images, without labels.

    Args:
        steps: Training steps of each encoder.
        common_steps: So many of them, the first ones, are common to all encoders and
            semi-supervised trainings of a seed and hence done once. They have no
            rolls, no labels and the initial learning rate throughout.
        quads: Quads in a batch (four images each).
        learning_rate: Initial learning rate; in the steps that are not common it
            decays along a cosine.
        roll: In-plane rotation in degrees; of the augmented encoder only.
        seconds: Seconds that the steps which are not common may take instead, the
            learning rate falling with the time; None for no such limit.
        clip_norm: Largest norm of the gradient of all weights together, to which a
            larger one is scaled; None for any.
        optimizer: `"adam"`, or `"muon"` (`ConvMuon`), with which view synthesis learns
            more in equal steps.
    """

    steps: int = 2000
    common_steps: int = 0
    quads: int = 4
    learning_rate: float = 1e-3
    roll: float = 45.0
    seconds: float | None = None
    clip_norm: float | None = _came_later(None)
    optimizer: str = _came_later("adam")


@dataclasses.dataclass(frozen=True)
class LabelledTraining:
    """A training on annotated images.

    Args:
        epochs: How often each annotated image is seen, within the two limits.
        min_steps: Least number of training steps.
        max_steps: Largest number of training steps.
        batch: Annotated images in a batch.
        learning_rate: Initial learning rate; it decays along a cosine.
        clip_norm: See `PreTraining`.
        optimizer: See `PreTraining`; of trainings that no trained model goes before.
    """

    epochs: float = 60.0
    min_steps: int = 600
    max_steps: int = 3000
    batch: int = 32
    learning_rate: float = 1e-3
    clip_norm: float | None = _came_later(None)
    optimizer: str = _came_later("adam")

    def steps(self, annotations: Any) -> Any:
        """Training steps for a number of annotated images."""
        wanted = round(self.epochs * annotations / self.batch)
        return min(max(wanted, self.min_steps), self.max_steps)


@dataclasses.dataclass(frozen=True)
class HeadTraining(LabelledTraining):
    """The pose head on cached latents of a frozen encoder.

    Args:
        rolled_copies: Rolled copies of each annotated image whose latents are
            trained on too; used with the augmented encoder only.
    """

    epochs: float = 20.0
    min_steps: int = 300
    max_steps: int = 3000
    batch: int = 64
    rolled_copies: int = 8


@dataclasses.dataclass(frozen=True)
class SemiTraining(LabelledTraining):
    """Annotated images and unlabelled quads in every batch.

    Args:
        quads: Unlabelled quads in a batch (four images each).
        pose_weight: Weight of the pose loss beside view synthesis.
        roll: In-plane rotation of annotated images and quads in degrees.
    """

    batch: int = 16
    quads: int = 4
    pose_weight: float = 1.0
    roll: float = 0.0


@dataclasses.dataclass(frozen=True)
class FineTuning(SemiTraining):
    """Images with multi-view pseudo-labels, and unlabelled quads in every batch.

    Args:
        ridge: Of the fit that labels images without annotation, see
            `joints_from_points`.
    """

    batch: int = 32
    quads: int = 1
    pose_weight: float = 10.0
    ridge: float = 0.1


@dataclasses.dataclass(frozen=True)
class Bootstrapping(LabelledTraining):
    """Rounds of training named joints and of triangulating them for the next one.

    Args:
        rounds: Number of rounds. Where no image is left without annotation there is
            one, of as many steps as all.
        batch: Annotated images in a batch, more where their share of all images is
            larger.
        pseudo_batch: The other images in a batch, with pseudo-labels.
        roll: In-plane rotation in degrees.
        shift, zoom: See `ViewJitter`; small, since so few steps hardly overfit.
        ridge: Of the fits that label instants, see `joints_from_points`.
    """

    rounds: int = 3
    min_steps: int = 1400
    max_steps: int = 1400
    batch: int = 16
    pseudo_batch: int = 48
    learning_rate: float = 1.2e-2
    optimizer: str = "muon"
    roll: float = 15.0
    shift: float = 0.04
    zoom: float = 0.05
    ridge: float = 0.1


@dataclasses.dataclass(frozen=True)
class Rehearsal:
    """Images in a batch beside annotated ones and quads of a new recording.

    Args:
        images: About how many images of the synthetic dome are sampled from, where one
            is given.
        synthetic_batch: Images of the dome in a batch.
        self_batch: Images of the recording in a batch that are labelled by the
            model itself, see `with_self_training_labels`.
        dome: `PreparedData` of the dome, or None.
    """

    images: int = 6000
    synthetic_batch: int = 8
    self_batch: int = 12
    dome: object = None


@dataclasses.dataclass(frozen=True)
class Transfer(LabelledTraining):
    """Training of a trained encoder and head on the labels of a new recording.

    Args:
        encoder_rate: Learning rate of the encoder relative to that of the head.
        ema_momentum: Of the moving average of the weights that is kept.
        roll: In-plane rotation in degrees.
    """

    epochs: float = 30.0
    min_steps: int = 200
    max_steps: int = 400
    batch: int = 16
    learning_rate: float = 3e-4
    encoder_rate: float = 1.0
    ema_momentum: float = 0.98
    roll: float = 45.0


@dataclasses.dataclass(frozen=True)
class JointTuning(LabelledTraining):
    """Training of a model with named latent points on a recording's labels.

    Args:
        ema_momentum: Of the moving average of the weights that is kept.
        negatives: Fraction of the recording's crops without a hand.
        rendered_batch: Rendered hands in a batch beside annotated images.
        rendered_instants: Number of instants, of four views each, that are rendered.
        kept: How far the weights are moved back to those of the start, 0 to 1.
    """

    epochs: float = 100.0
    min_steps: int = 300
    max_steps: int = 1000
    batch: int = 32
    learning_rate: float = 5e-4
    ema_momentum: float = 0.98
    negatives: float = 0.1
    rendered_batch: int = 32
    rendered_instants: int = 1024
    kept: float = 0.5
    clip_norm: float | None = _came_later(5.0)


@dataclasses.dataclass(frozen=True)
class Adaptation:
    """View synthesis on a new recording's unlabelled quads, from a trained model.

    Args:
        steps: Training steps.
        quads: Quads of the recording in a batch (four images each).
        pose_weight: Weight of the pose loss beside view synthesis.
        learning_rate: Initial learning rate; it decays along a cosine.
        feature_weight: Weight of the ResNet-18 features.
        min_time_gap: Distance of t and t′ in a quad, in instants.
        calibration_batches: Batches of the recording by which the statistics of the
            encoder's batch normalisation are set anew at the end.
        roll: In-plane rotation in degrees.
        clip_norm: See `PreTraining`.
    """

    steps: int = 300
    quads: int = 2
    pose_weight: float = 1.0
    learning_rate: float = 1e-3
    feature_weight: float = 0.0
    min_time_gap: int = 5
    calibration_batches: int = 40
    roll: float = 45.0
    clip_norm: float | None = _came_later(None)


@dataclasses.dataclass(frozen=True)
class Profile:
    """Everything that decides what trainings cost and how good they get.

    Args:
        network: See `Network`.
        views: See `ViewSynthesis`.
        augmentation: Ranges for all trainings alike.
        pre_training: See `PreTraining`.
        head: See `HeadTraining`.
        supervised: See `LabelledTraining`.
        semi_supervised: See `SemiTraining`.
        fine_tuned: See `FineTuning`.
        bootstrapped: See `Bootstrapping`; None leaves the column out.
        rehearsal: See `Rehearsal`.
        transfer: See `Transfer`.
        adaptation: See `Adaptation`.
        tuned_joints: See `JointTuning`.
        precision: `"float32"` or `"bfloat16"`, in which all of them are computed.
    """

    network: Network = Network()
    views: ViewSynthesis = ViewSynthesis()
    augmentation: Augmentation = _AUGMENTATION
    pre_training: PreTraining = PreTraining()
    head: HeadTraining = HeadTraining()
    supervised: LabelledTraining = LabelledTraining()
    semi_supervised: SemiTraining = SemiTraining()
    fine_tuned: FineTuning = FineTuning()
    bootstrapped: Bootstrapping | None = None
    rehearsal: Rehearsal = Rehearsal()
    transfer: Transfer = Transfer()
    adaptation: Adaptation = Adaptation()
    tuned_joints: JointTuning = JointTuning()
    precision: str = "float32"

    def clipped(self, clip_norm: float | None) -> Any:
        """A profile whose trainings all clip the gradient.

        Args:
            clip_norm: See `PreTraining`; None leaves the profile as it is.

        Raises:
            ValueError: If it is not positive.
        """
        if clip_norm is None:
            return self
        if not 0 < clip_norm < float("inf"):
            raise ValueError(
                "The gradient's largest norm (--clip_norm) must be positive. Received: "
                f"clip_norm={clip_norm}"
            )
        profile = self
        for field in dataclasses.fields(self):
            if hasattr(getattr(self, field.name), "clip_norm"):
                profile = profile.replaced(field.name, clip_norm=clip_norm)
        return profile

    def replaced(self, section: str, **values: Any) -> Any:
        """A profile with other values in one section."""
        changed = dataclasses.replace(getattr(self, section), **values)
        return dataclasses.replace(self, **{section: changed})

    def with_epochs(self, epochs: float) -> Any:
        """A profile whose trainings on labels see each annotated image so often.

        View synthesis, which needs no labels, keeps its steps.

        Args:
            epochs: Positive number; the limits of steps fall away.

        Raises:
            ValueError: If it is not a positive, finite number.
        """
        if not 0 < epochs < float("inf"):
            raise ValueError(f"`epochs` must be positive. Received: epochs={epochs}")
        exactly = {"epochs": float(epochs), "min_steps": 1, "max_steps": _NO_LIMIT}
        sections = {
            field.name: dataclasses.replace(getattr(self, field.name), **exactly)
            for field in dataclasses.fields(self)
            if isinstance(getattr(self, field.name), LabelledTraining)
        }
        return dataclasses.replace(self, **sections)


_FEW: dict[str, Any] = {"min_steps": 2, "max_steps": 2, "batch": 4}

# Strong geometric augmentation is what lets the few hundred frames of one recording
# suffice: in-plane rotations make new views of every pose, and keep R and pose exact.
_RECORDING = Profile(
    views=ViewSynthesis(min_time_gap=5),
    augmentation=dataclasses.replace(_AUGMENTATION, roll=45.0),
    pre_training=PreTraining(steps=4000, learning_rate=2e-3),
    head=HeadTraining(min_steps=600),
    supervised=LabelledTraining(min_steps=400, max_steps=600, batch=16),
    semi_supervised=SemiTraining(min_steps=600, max_steps=600, roll=45.0),
    fine_tuned=FineTuning(min_steps=600, max_steps=600, roll=45.0),
)

PROFILES = {
    # Seconds, for tests of the machinery; learns nothing worth looking at.
    "smoke": Profile(
        network=Network(
            image_size=32,
            num_points=12,
            appearance_dim=4,
            widths=(4, 8, 8),
            hidden_units=(16,),
        ),
        views=ViewSynthesis(feature_weight=0.0, min_time_gap=1),
        pre_training=PreTraining(steps=2, common_steps=1, quads=1),
        head=HeadTraining(min_steps=10, max_steps=10, batch=4, rolled_copies=1),
        supervised=LabelledTraining(**_FEW),
        semi_supervised=SemiTraining(quads=1, **_FEW),
        fine_tuned=FineTuning(quads=1, **_FEW),
        bootstrapped=Bootstrapping(pseudo_batch=4, **_FEW),
        rehearsal=Rehearsal(images=12, synthetic_batch=4, self_batch=4),
        transfer=Transfer(**_FEW),
        adaptation=Adaptation(steps=2, quads=1, min_time_gap=1, calibration_batches=1),
        tuned_joints=JointTuning(rendered_batch=2, rendered_instants=1, **_FEW),
    ),
    # One recording on two CPU cores: a quarter of an hour, and a third of that.
    "standard": _RECORDING,
    "quick": _RECORDING.replaced("pre_training", steps=1000)
    .replaced("fine_tuned", min_steps=200, max_steps=200)
    .replaced("tuned_joints", max_steps=300, rendered_instants=256),
    # Eight to nine minutes on two CPU cores, from nothing to table and figures.
    "mini": Profile(
        pre_training=PreTraining(
            steps=1800,
            common_steps=1200,
            learning_rate=5e-3,
            roll=15.0,
            optimizer="muon",
        ),
        head=HeadTraining(min_steps=100, rolled_copies=4),
        supervised=LabelledTraining(
            min_steps=200, max_steps=500, learning_rate=5e-3, optimizer="muon"
        ),
        semi_supervised=SemiTraining(
            min_steps=150, max_steps=150, learning_rate=5e-3, optimizer="muon"
        ),
        fine_tuned=FineTuning(
            min_steps=200,
            max_steps=200,
            roll=15.0,
            learning_rate=5e-3,
            optimizer="muon",
        ),
        bootstrapped=Bootstrapping(
            rounds=2,
            min_steps=250,
            max_steps=250,
            pseudo_batch=16,
            learning_rate=2e-2,
        ),
    ),
    # Table 1 on the synthetic dome, in several hours of two CPU cores.
    "full": Profile(
        pre_training=PreTraining(
            steps=11_000,
            common_steps=8000,
            learning_rate=5e-3,
            roll=30.0,
            optimizer="muon",
        ),
        head=HeadTraining(epochs=480.0, min_steps=1200, max_steps=12_000),
        supervised=LabelledTraining(
            min_steps=800, max_steps=12_000, learning_rate=5e-3, optimizer="muon"
        ),
        # At least as many steps after the common ones as an encoder.
        semi_supervised=SemiTraining(
            epochs=10.0,
            min_steps=3000,
            max_steps=9000,
            batch=32,
            quads=2,
            pose_weight=10.0,
            learning_rate=5e-3,
            optimizer="muon",
        ),
        fine_tuned=FineTuning(
            epochs=10.0,
            min_steps=1500,
            max_steps=3000,
            roll=20.0,
            learning_rate=5e-3,
            optimizer="muon",
        ),
        bootstrapped=Bootstrapping(),
        tuned_joints=JointTuning(
            epochs=20.0, min_steps=200, max_steps=300, rendered_batch=0
        ),
    ),
    # One model with all labels, for `make_trained_preset.py`. Other backgrounds and
    # stronger changes of colour prepare it for rooms that the dome does not show.
    "preset": Profile(
        network=Network("compact_128", image_size=128),
        augmentation=Augmentation(
            shift=0.08,
            zoom=0.15,
            brightness=0.25,
            contrast=0.3,
            color=0.25,
            background=0.5,
        ),
        pre_training=PreTraining(steps=800),
        fine_tuned=FineTuning(min_steps=2000, max_steps=2000, batch=24, roll=45.0),
    ),
    # The paper's sizes; days on one GPU.
    "paper": Profile(
        network=Network("reference_unet", image_size=128, background_mode="concat"),
        views=ViewSynthesis(
            foreground_weight=1.0, feature_every=1, self_reconstruction=0.5
        ),
        augmentation=Augmentation(),
        pre_training=PreTraining(steps=400_000, quads=4, roll=30.0),
        head=HeadTraining(min_steps=5000, max_steps=40_000, batch=16, rolled_copies=0),
        supervised=LabelledTraining(batch=16, min_steps=20_000, max_steps=100_000),
        semi_supervised=SemiTraining(batch=8, min_steps=100_000, max_steps=200_000),
        fine_tuned=FineTuning(batch=16, min_steps=50_000, max_steps=50_000, roll=30.0),
    ),
}
