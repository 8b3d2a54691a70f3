"""What is compared: image losses, backgrounds and models, one change at a time."""

import dataclasses

from hand_geo_keras.scenarios.ablations_time import with_time_budget
from hand_geo_keras.scenarios.grid_profiles import Network, ViewSynthesis

LOSS, BACKGROUND, MODEL = "image loss", "background", "model"
_REFERENCE = "reference_unet"


@dataclasses.dataclass(frozen=True)
class Variant:
    """One pre-training, measured by its pictures and by pose heads on its encoder.

    Args:
        name: Name of the variant and of its folder.
        profile: `GridProfile`, of which pre-training and head are used.
        features: Weights of the feature loss, see `ResNet18Features`.
        seconds: Seconds that pre-training may take, or None for the profile's steps.
    """

    name: str
    profile: object
    features: str | None
    seconds: float | None = None


def ablation_tables(profile, imagenet=None, seconds=240.0):
    """The rows of the three tables; equal rows of two tables are one variant.

    Losses and backgrounds are compared after equal numbers of steps, models after
    equal times. Where it is not what is compared, the image loss has ImageNet
    features, or compares pixels only where there are no such weights.

    Args:
        profile: `GridProfile` that all variants share but for their one change.
        imagenet: Weights of an ImageNet ResNet-18, see `ResNet18Features`; its row
            is left out if None.
        seconds: Seconds of pre-training of each model in the table of models.

    Returns:
        dict from `LOSS`, `BACKGROUND` and `MODEL` to a dict from the row's text to
        its `Variant`.

    Example:
        ```python
        >>> from hand_geo_keras.scenarios.grid_profiles import GRID_PROFILES
        >>> tables = ablation_tables(GRID_PROFILES["mini"])
        >>> [list(rows) for rows in tables.values()][1:]
        [['alpha', 'concat'], ['compact_64', 'reference_unet']]

        ```
    """
    losses = {
        "pixels only": Variant("pixels", _with_weight(profile, 0.0), "off"),
        "pixels + random features": Variant("random", _with_features(profile), None),
    }
    if imagenet is not None:
        losses["pixels + ImageNet features"] = Variant(
            "imagenet", _with_features(profile), str(imagenet)
        )
    base = list(losses.values())[-1] if imagenet else losses["pixels only"]
    return {
        LOSS: losses,
        BACKGROUND: {
            mode: _changed(base, mode, background_mode=mode)
            for mode in ("alpha", "concat")
        },
        MODEL: _models(base, seconds),
    }


def _with_weight(profile, weight):
    views = dataclasses.replace(profile.views, feature_weight=weight)
    return dataclasses.replace(profile, views=views)


def _with_features(profile):
    weight = profile.views.feature_weight or ViewSynthesis().feature_weight
    return _with_weight(profile, weight)


def _changed(base, label, **network):
    """`base` itself where the change is none, so that it is trained only once."""
    changed = dataclasses.replace(base.profile.network, **network)
    if changed == base.profile.network:
        return base
    profile = dataclasses.replace(base.profile, network=changed)
    return dataclasses.replace(base, name=f"{base.name}_{label}", profile=profile)


def _models(base, seconds):
    own = base.profile.network
    # Its own widths, points and hidden layers, and all else as in the other rows.
    reference = Network(_REFERENCE, own.image_size, background_mode=own.background_mode)
    return {
        network.preset: Variant(
            f"{base.name}_{network.preset}_by_time",
            dataclasses.replace(
                with_time_budget(base.profile, seconds), network=network
            ),
            base.features,
            seconds,
        )
        for network in (own, reference)
    }
