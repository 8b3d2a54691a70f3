"""Sizes and lengths of a run on one recording."""

import dataclasses

from hand_geo_keras.pipelines import Augmentation

# Strong geometric augmentation is what lets a few hundred frames suffice: in-plane
# rotations make new views of every pose, and all of it keeps R and pose exact.
_VIEW_AUGMENTATION = Augmentation(
    roll=45, shift=0.08, zoom=0.15, brightness=0.1, contrast=0.1, color=0.1
)


@dataclasses.dataclass(frozen=True)
class RecordingProfile:
    """Everything that decides how long a run takes and how good it gets.

    Args:
        crop_size: Side of the crops in pixels.
        widths: Channels of the U-Net's stages, see `UNetEncoder`.
        num_points: Number of latent 3D points.
        appearance_dim: Length of the appearance code.
        convs_per_stage: Convolutions in each up-stage of the decoder.
        hidden_units: Hidden layers of the pose head.
        background_mode: `"alpha"` or `"concat"`, see `BackgroundCompositing`.
        foreground_weight: Weight of the pixels that differ from the background.
        latent_consistency_weight: Weight of the agreement of both views' latent
            points, see `ViewSynthesizer`.
        view_steps: Training steps of view synthesis.
        quads: Quads in a batch (four images each).
        pose_steps: Training steps of pose head and of the supervised baseline.
        pose_batch: Labelled images in a batch.
        semi_steps: Training steps of the semi-supervised configuration.
        labels: Number of annotated images.
        learning_rate: Adam's initial learning rate; it decays along a cosine.
        min_time_gap: Distance of t and t′ in a quad, in instants.
        augmentation: Ranges for quads and labelled images alike.
    """

    crop_size: int = 64
    widths: tuple[int, ...] = (16, 32, 64, 64)
    num_points: int = 200
    appearance_dim: int = 32
    convs_per_stage: int = 2
    hidden_units: tuple[int, ...] = (512, 512)
    background_mode: str = "alpha"
    foreground_weight: float = 7.0
    latent_consistency_weight: float = 0.5
    view_steps: int = 1000
    quads: int = 8
    pose_steps: int = 600
    pose_batch: int = 16
    semi_steps: int = 600
    labels: int = 64
    learning_rate: float = 1e-3
    min_time_gap: int = 5
    augmentation: Augmentation = _VIEW_AUGMENTATION


PROFILES = {
    # Minutes; enough to see hands turn.
    "quick": RecordingProfile(view_steps=300, pose_steps=200, semi_steps=150),
    # The default: well under half an hour on two CPU cores.
    "standard": RecordingProfile(),
    # Seconds, for tests of the machinery; learns nothing worth looking at.
    "smoke": RecordingProfile(
        crop_size=32,
        widths=(4, 8, 8),
        num_points=12,
        appearance_dim=4,
        hidden_units=(16,),
        view_steps=4,
        quads=2,
        pose_steps=4,
        pose_batch=4,
        semi_steps=4,
        labels=8,
        min_time_gap=1,
    ),
}
