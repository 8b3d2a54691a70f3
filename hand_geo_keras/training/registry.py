"""Every way to train: one entry for each encoder, and for each column of a table.

To add a column, write its method and add one entry here. An entry says which method
trains it, what it starts from, what of the profile it depends on, and its colour.
"""

import dataclasses
from collections.abc import Callable

from hand_geo_keras.training.adaptation import AdaptationConfig, adapt
from hand_geo_keras.training.bootstrapped import BootstrappedConfig, bootstrapped
from hand_geo_keras.training.frozen_head import HeadConfig, frozen_head
from hand_geo_keras.training.semi_supervised import (
    FineTunedConfig,
    SemiConfig,
    fine_tuned,
    semi_supervised,
)
from hand_geo_keras.training.supervised import SupervisedConfig, supervised
from hand_geo_keras.training.transfer import TransferConfig, transfer, zero_shot
from hand_geo_keras.training.tuned_joints import TunedJointsConfig, tuned_joints
from hand_geo_keras.training.view_synthesis import ViewSynthesisConfig, view_synthesis


@dataclasses.dataclass(frozen=True)
class Method:
    """A plain function that trains, and its version.

    Args:
        train: `(data, labels, config, parents, folder, seed) -> model`: a `Split`;
            `[L]` indices of the annotated views in `data.train.pool`, None without
            labels; a frozen dataclass; the jobs and presets before, as
            `TrainedFolder` and `Preset`; the job's folder; and the int that decides
            weights, batches and augmentation.
        version: To be raised when the code changes what the same settings give.
        keeps_encoder: Whether the model has its parent's encoder as it was, so that
            it is measured on the parent's cached latent points.
    """

    train: Callable
    version: int = 1
    keeps_encoder: bool = False


METHODS = {
    "view_synthesis": Method(view_synthesis),
    "supervised": Method(supervised),
    "frozen_head": Method(frozen_head, keeps_encoder=True),
    "semi_supervised": Method(semi_supervised),
    "fine_tuned": Method(fine_tuned, version=2),
    "bootstrapped": Method(bootstrapped, version=2),
    "zero_shot": Method(zero_shot),
    "transfer": Method(transfer),
    "adapt": Method(adapt),
    "tuned_joints": Method(tuned_joints),
}
# The name under which entries start from a trained model that is given.
PRESET = "preset"


@dataclasses.dataclass(frozen=True)
class Entry:
    """An encoder that columns share, or a column.

    Args:
        method: Name in `METHODS`.
        config: Function from a `Profile` to what the method depends on; it returns
            None where the profile leaves the entry out.
        after: What it starts from: an entry, or `PRESET`, which is left out where no
            preset is given; None to start from nothing.
        color: Of the column in figures; None for an encoder.
        title: Of the column in a table; its name if empty.
        needs_labels: Whether there is no such cell without labels, where what the
            column starts from would be measured.
        learns_alone: Whether it is trained without labels, too.
        needs_preset: Whether there is no such training without a preset to start from.
    """

    method: str
    config: Callable
    after: str | None = None
    color: str | None = None
    title: str = ""
    needs_labels: bool = True
    learns_alone: bool = False
    needs_preset: bool = False


def _view_synthesis(profile, roll):
    training = profile.pre_training
    return ViewSynthesisConfig(
        profile.network,
        profile.views,
        dataclasses.replace(profile.augmentation, roll=roll),
        training.steps - training.common_steps,
        training.common_steps,
        training.quads,
        training.learning_rate,
        seconds=training.seconds,
        clip_norm=training.clip_norm,
        optimizer=training.optimizer,
    )


def _common(profile):
    """The first steps of all encoders, without rolls, at the initial rate."""
    if not profile.pre_training.common_steps:
        return None
    return dataclasses.replace(
        _view_synthesis(profile, roll=0.0),
        steps=profile.pre_training.common_steps,
        first_step=0,
        decays=False,
        seconds=None,
    )


def _adaptation(profile):
    training = profile.adaptation
    return AdaptationConfig(
        training,
        dataclasses.replace(
            profile.views,
            feature_weight=training.feature_weight,
            min_time_gap=training.min_time_gap,
        ),
        profile.rehearsal,
        dataclasses.replace(profile.augmentation, roll=training.roll),
    )


def _transfer(profile, self_training):
    return TransferConfig(
        profile.transfer, profile.rehearsal, profile.augmentation, self_training
    )


ENTRIES = {
    # Encoders without labels, shared by all columns and label budgets of a seed.
    "common": Entry("view_synthesis", _common, after=PRESET),
    "plain": Entry(
        "view_synthesis", lambda p: _view_synthesis(p, roll=0.0), after="common"
    ),
    "augmented": Entry(
        "view_synthesis",
        lambda p: _view_synthesis(p, roll=p.pre_training.roll),
        after="common",
    ),
    "adaptation": Entry("adapt", _adaptation, after=PRESET, needs_preset=True),
    # Columns: the paper's, then ours.
    "supervised": Entry(
        "supervised",
        lambda p: SupervisedConfig(p.network, p.supervised, p.augmentation),
        after=PRESET,
        color="tab:gray",
        title="supervised from scratch",
    ),
    "pre_trained": Entry(
        "frozen_head",
        lambda p: HeadConfig(p.network, p.head),
        after="plain",
        color="tab:blue",
    ),
    "pre_trained_aug": Entry(
        "frozen_head",
        lambda p: HeadConfig(p.network, p.head, p.pre_training.roll),
        after="augmented",
        color="tab:green",
    ),
    "semi_supervised": Entry(
        "semi_supervised",
        lambda p: SemiConfig(p.network, p.views, p.semi_supervised, p.augmentation),
        after="common",
        color="tab:orange",
    ),
    "fine_tuned": Entry(
        "fine_tuned",
        lambda p: FineTunedConfig(
            p.network, p.views, p.fine_tuned, p.augmentation, p.head
        ),
        after="augmented",
        color="tab:red",
    ),
    "bootstrapped": Entry(
        "bootstrapped",
        lambda p: BootstrappedConfig(p.bootstrapped) if p.bootstrapped else None,
        after="augmented",
        color="tab:cyan",
    ),
    # Columns that start from a preset, on a new recording.
    "zero_shot": Entry(
        "zero_shot",
        lambda p: (),
        after=PRESET,
        color="tab:purple",
        title="preset, zero-shot",
        needs_labels=False,
        needs_preset=True,
    ),
    "transferred": Entry(
        "transfer",
        lambda p: _transfer(p, self_training=False),
        after=PRESET,
        color="tab:blue",
        title="preset, fine-tuned",
        needs_preset=True,
    ),
    "adapted": Entry(
        "transfer",
        lambda p: _transfer(p, self_training=True),
        after="adaptation",
        color="tab:red",
        title="adapted without labels, then fine-tuned",
        needs_labels=False,
        needs_preset=True,
    ),
    "tuned_joints": Entry(
        "tuned_joints",
        lambda p: TunedJointsConfig(p.tuned_joints, p.network.image_size),
        after=PRESET,
        color="tab:brown",
        title="preset's joints, fine-tuned",
        needs_labels=False,
        learns_alone=True,
        needs_preset=True,
    ),
}
# The columns of Table 1, which start from nothing.
CONFIGURATIONS = (
    "supervised",
    "pre_trained",
    "pre_trained_aug",
    "semi_supervised",
    "fine_tuned",
    "bootstrapped",
)
