"""Builds the networks of a grid in the size that its profile asks for."""

from hand_geo_keras.losses import PixelFeatureLoss
from hand_geo_keras.models import build_pose_head, build_view_synthesizer


def new_view_synthesizer(profile, seed):
    """An untrained `ViewSynthesizer`.

    Args:
        profile: `GridProfile`.
        seed: Seed of the random exchanges of views.
    """
    network = profile.network
    widths = {"widths": network.widths} if network.widths else {}
    return build_view_synthesizer(
        network.preset,
        network.image_size,
        network.num_points,
        network.appearance_dim,
        encoder_arguments=widths,
        decoder_arguments={**widths, "background_mode": network.background_mode},
        self_reconstruction_probability=profile.views.self_reconstruction,
        seed=seed,
    )


def new_pose_head(profile):
    """An untrained `PoseHead`."""
    network = profile.network
    sizes = {"hidden_units": network.hidden_units} if network.hidden_units else {}
    return build_pose_head(network.preset, network.num_points, **sizes)


def new_image_loss(profile, features):
    """The `PixelFeatureLoss` of view synthesis.

    Args:
        profile: `GridProfile`.
        features: See `ResNet18Features`.
    """
    views = profile.views
    return PixelFeatureLoss(
        features,
        feature_weight=views.feature_weight,
        foreground_weight=views.foreground_weight,
        feature_every=views.feature_every,
    )
