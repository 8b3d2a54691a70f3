"""Builds untrained networks, and the image loss, as a configuration asks for."""

from typing import Any

from hand_geo_keras.losses import PixelFeatureLoss
from hand_geo_keras.models import build_pose_head, build_view_synthesizer
from hand_geo_keras.training.profiles import Network, ViewSynthesis


def new_view_synthesizer(
    network: Network, views: ViewSynthesis, seed: int | None
) -> Any:
    """An untrained `ViewSynthesizer`.

    Args:
        network: `Network`.
        views: `ViewSynthesis`.
        seed: Seed of the random exchanges of views.
    """
    widths = {"widths": network.widths} if network.widths else {}
    return build_view_synthesizer(
        network.preset,
        network.image_size,
        network.num_points,
        network.appearance_dim,
        encoder_arguments=widths,
        decoder_arguments={**widths, "background_mode": network.background_mode},
        self_reconstruction_probability=views.self_reconstruction,
        seed=seed,
    )


def new_pose_head(network: Any) -> Any:
    """An untrained `PoseHead` in the size of a `Network`."""
    sizes = {"hidden_units": network.hidden_units} if network.hidden_units else {}
    return build_pose_head(network.preset, network.num_points, **sizes)


def new_image_loss(views: Any) -> PixelFeatureLoss:
    """The `PixelFeatureLoss` of a `ViewSynthesis`."""
    return PixelFeatureLoss(
        views.features,
        feature_weight=views.feature_weight,
        foreground_weight=views.foreground_weight,
        feature_every=views.feature_every,
    )


def untrained_copy(model: Any) -> tuple[Any, ...]:
    """Encoder and pose head of a `PoseEstimator` once more, with fresh weights."""
    return tuple(
        type(part).from_config(part.get_config() | {"trainable": True})
        for part in (model.encoder, model.pose_head)
    )
