"""Named sizes of the model, and builders that put them together."""

from typing import Any

from hand_geo_keras.models.compact_decoder import CompactDecoder
from hand_geo_keras.models.compact_encoder import CompactEncoder
from hand_geo_keras.models.pose_estimator import PoseEstimator
from hand_geo_keras.models.pose_head import PoseHead
from hand_geo_keras.models.resnet50_encoder import ResNet50Encoder
from hand_geo_keras.models.unet_encoder import UNetEncoder
from hand_geo_keras.models.view_decoder import ViewDecoder
from hand_geo_keras.models.view_synthesizer import ViewSynthesizer

_SHARED = ("image_size", "num_points", "appearance_dim")

PRESETS = {
    # The paper's code base, 128 px, 75 M parameters with the pose head.
    "reference_unet": {
        "encoder": UNetEncoder,
        "decoder": ViewDecoder,
        "shared": {"image_size": 128, "num_points": 200, "appearance_dim": 128},
        "hidden_units": (2048, 2048),
    },
    # The encoder of its released weights; pass `weights="imagenet"` to the builder.
    "reference_resnet50": {
        "encoder": ResNet50Encoder,
        "decoder": ViewDecoder,
        "shared": {"image_size": 128, "num_points": 200, "appearance_dim": 128},
        "hidden_units": (2048, 2048),
    },
    # The reference at half the image size and a quarter of its widths.
    "quarter_unet_64": {
        "encoder": UNetEncoder,
        "decoder": ViewDecoder,
        "shared": {"image_size": 64, "num_points": 200, "appearance_dim": 32},
        "encoder_arguments": {"widths": (8, 16, 32, 64)},
        "decoder_arguments": {"widths": (8, 16, 32, 64)},
        "hidden_units": (1024, 1024),
    },
    # Ours for CPUs and phones.
    "compact_64": {
        "encoder": CompactEncoder,
        "decoder": CompactDecoder,
        "shared": {"image_size": 64, "num_points": 100, "appearance_dim": 16},
        "encoder_arguments": {"widths": (16, 32, 64, 96)},
        "decoder_arguments": {"widths": (16, 32, 64)},
        "hidden_units": (512, 512),
        "synthesizer_arguments": {
            "latent_consistency_weight": 1.0,
            "orientation_consistency_weight": 1.0,
            "mask_weight": 1.0,
        },
    },
    "compact_128": {
        "encoder": CompactEncoder,
        "decoder": CompactDecoder,
        "shared": {"image_size": 128, "num_points": 100, "appearance_dim": 16},
        "encoder_arguments": {"widths": (16, 32, 64, 96, 128)},
        "decoder_arguments": {"widths": (16, 32, 64, 96)},
        "hidden_units": (512, 512),
        "synthesizer_arguments": {
            "latent_consistency_weight": 1.0,
            "orientation_consistency_weight": 1.0,
            "mask_weight": 1.0,
        },
    },
}


def build_view_synthesizer(
    preset: Any,
    image_size: int | None = None,
    num_points: int | None = None,
    appearance_dim: int | None = None,
    encoder_arguments: dict[Any, Any] | None = None,
    decoder_arguments: dict[Any, Any] | None = None,
    **kwargs: Any,
) -> ViewSynthesizer:
    """Builds an untrained `ViewSynthesizer` of a named size.

    Args:
        preset: name in `PRESETS`.
        image_size: side of the images in pixels, if not the preset's.
        num_points: number of latent points, if not the preset's.
        appearance_dim: length of the appearance code, if not the preset's.
        encoder_arguments: dict of further arguments of the encoder, such as
            `{"dropout": 0.0}` or `{"weights": "imagenet"}`.
        decoder_arguments: dict of further arguments of the decoder, such as
            `{"background_mode": "alpha"}`.
        **kwargs: passed to `ViewSynthesizer`, instead of the preset's arguments.

    Returns:
        `ViewSynthesizer`.

    Raises:
        ValueError: unknown preset.

    Example:

    ```python
    model = build_view_synthesizer("compact_64", self_reconstruction_probability=0.5)
    ```
    """
    given = (image_size, num_points, appearance_dim)
    changed = {name: value for name, value in zip(_SHARED, given) if value is not None}
    entry = _entry(preset)
    shared = {**entry["shared"], **changed}
    parts = {}
    for part, arguments in (
        ("encoder", encoder_arguments),
        ("decoder", decoder_arguments),
    ):
        defaults = entry.get(f"{part}_arguments", {})
        parts[part] = entry[part](**{**shared, **defaults, **(arguments or {})})
    return ViewSynthesizer(
        **parts, **{**entry.get("synthesizer_arguments", {}), **kwargs}
    )


def build_pose_head(
    preset: Any, num_points: int | None = None, num_joints: int = 21, **kwargs: Any
) -> PoseHead:
    """Builds the untrained pose head of a named size.

    Args:
        preset: name in `PRESETS`.
        num_points: number of latent points, if not the preset's.
        num_joints: number of joints.
        **kwargs: passed to `PoseHead`.

    Returns:
        `PoseHead`.

    Raises:
        ValueError: unknown preset.
    """
    entry = _entry(preset)
    num_points = num_points or entry["shared"]["num_points"]
    kwargs.setdefault("hidden_units", entry["hidden_units"])
    return PoseHead(num_points=num_points, num_joints=num_joints, **kwargs)


def build_pose_estimator(
    preset: Any, view_synthesizer: Any = None, **kwargs: Any
) -> PoseEstimator:
    """Builds a `PoseEstimator` of a named size with an untrained pose head.

    Args:
        preset: name in `PRESETS`.
        view_synthesizer: whose encoder to use; a fresh one if None.
        **kwargs: passed to `PoseEstimator`; `trainable_encoder` defaults to whether
            the encoder is fresh.

    Returns:
        `PoseEstimator`.

    Raises:
        ValueError: unknown preset.
    """
    kwargs.setdefault("trainable_encoder", view_synthesizer is None)
    view_synthesizer = view_synthesizer or build_view_synthesizer(preset)
    encoder = view_synthesizer.encoder
    return PoseEstimator(encoder, build_pose_head(preset, encoder.num_points), **kwargs)


def _entry(preset):
    if preset not in PRESETS:
        raise ValueError(
            f"`preset` must be one of {sorted(PRESETS)}. Received: preset={preset!r}"
        )
    return PRESETS[preset]
