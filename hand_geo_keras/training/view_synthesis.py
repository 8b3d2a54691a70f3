"""Method: view synthesis on all images, without labels."""

import dataclasses
from pathlib import Path
from typing import Any

from hand_geo_keras.callbacks import NovelViewPanel
from hand_geo_keras.datasets.instant_pool import InstantPool
from hand_geo_keras.datasets.split import Split
from hand_geo_keras.models.view_synthesizer import ViewSynthesizer
from hand_geo_keras.pipelines import Augmentation, fixed_quads, quad_dataset
from hand_geo_keras.training.fitting import (
    LOGS,
    decaying_optimizer,
    encoder_optimizer,
    fit_resumable,
)
from hand_geo_keras.training.networks import new_image_loss, new_view_synthesizer
from hand_geo_keras.training.profiles import CAME_LATER, Network, ViewSynthesis
from hand_geo_keras.training.time_budget import MOST_STEPS_PER_SECOND, TimeBudget

_PANEL_ROWS = 4


@dataclasses.dataclass(frozen=True)
class ViewSynthesisConfig:
    """What `view_synthesis` depends on.

    Args:
        network: `Network`, for an encoder and decoder that start untrained.
        views: `ViewSynthesis`.
        augmentation: `Augmentation`.
        steps: Training steps.
        first_step: Number of the first step, where a parent made the ones before.
        quads: Quads in a batch.
        learning_rate: Initial learning rate.
        decays: Whether it falls along a cosine.
        seconds: Seconds to train for, or None for `steps`.
        clip_norm: Largest norm of the gradient, see `PreTraining`.
        optimizer: `"adam"` or `"muon"`.
    """

    network: Network
    views: ViewSynthesis
    augmentation: Augmentation
    steps: int
    first_step: int
    quads: int
    learning_rate: float
    decays: bool = True
    seconds: float | None = None
    clip_norm: float | None = dataclasses.field(
        default=None, metadata={CAME_LATER: True}
    )
    optimizer: str = dataclasses.field(default="adam", metadata={CAME_LATER: True})


def view_synthesis(
    data: Split,
    labels: Any,
    config: ViewSynthesisConfig,
    parents: Any,
    folder: Path,
    seed: int,
) -> ViewSynthesizer:
    """Trains encoder and decoder on unlabelled quads.

    Args:
        config: `ViewSynthesisConfig`.
        parents: One with a `ViewSynthesizer` to start from, or none.
        data, labels, folder, seed: See `Method`.

    Returns:
        `ViewSynthesizer`.
    """
    del labels
    model = starting_synthesizer(config, parents, seed)
    steps, optimizer, callbacks = _schedule(config, folder)
    model.compile(optimizer, loss=new_image_loss(config.views))
    if config.seconds is None:
        callbacks.append(novel_view_panel(data.unlabelled, config.views, folder))
    fit_resumable(
        model,
        lambda first_batch: quad_dataset(
            data.unlabelled,
            config.quads,
            seed,
            config.augmentation,
            config.views.min_time_gap,
            config.first_step + first_batch,
        ),
        folder,
        steps,
        description="View synthesis",
        callbacks=callbacks,
    )
    return model


def starting_synthesizer(config: Any, parents: Any, seed: int) -> Any:
    """The parent's `ViewSynthesizer`, or an untrained one where there is no parent."""
    if parents:
        return parents[0].view_synthesizer()
    return new_view_synthesizer(config.network, config.views, seed)


def novel_view_panel(pool: InstantPool, views: Any, folder: Path) -> NovelViewPanel:
    """The callback that shows in TensorBoard how views are learned."""
    (quads,) = fixed_quads(
        pool, _PANEL_ROWS, _PANEL_ROWS, min_time_gap=views.min_time_gap
    )
    return NovelViewPanel(quads, folder / LOGS, every=5)


def _schedule(config, folder):
    """Steps, optimizer and callbacks: by the clock, or by the number of steps."""
    rate = config.learning_rate
    steady = encoder_optimizer(config, rate)
    if config.seconds is not None:
        # The budget ends the training, and lowers the rate as it is used up.
        steps = round(MOST_STEPS_PER_SECOND * config.seconds)
        budget = TimeBudget(config.seconds, rate, folder)
        return steps, steady, [budget]
    if config.decays:
        return config.steps, decaying_optimizer(config, config.steps), []
    return config.steps, steady, []
