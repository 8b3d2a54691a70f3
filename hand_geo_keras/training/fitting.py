"""`fit` that survives being stopped: it backs up every epoch."""

from pathlib import Path
from typing import Any

import keras
from tqdm.keras import TqdmCallback

from hand_geo_keras.callbacks import batches_done, read_log, resumable_callbacks
from hand_geo_keras.callbacks.resumable_callbacks import LOG
from hand_geo_keras.optimizers import ConvMuon, FusedAdam
from hand_geo_keras.training.clock import Clock

STEPS_PER_EPOCH = 100
LOGS = "logs"
# Muon leaves them to AdamW, as Jordan et al. advise.
_OUTPUT_LAYERS = ("to_heatmaps", "to_depths", "to_rgb", "to_mask")


def decaying_adam(
    learning_rate: float, steps: int, clip_norm: float | None = None
) -> Any:
    """Adam whose rate falls along a cosine to zero.

    Args:
        learning_rate: Initial learning rate.
        steps: Steps until it is zero.
        clip_norm: Largest norm of all gradients together, or None.
    """
    decay = keras.optimizers.schedules.CosineDecay(learning_rate, steps)
    return FusedAdam(decay, global_clipnorm=clip_norm)


def encoder_optimizer(training: Any, learning_rate: Any) -> Any:
    """The optimizer of a training that an encoder takes part in from its beginning.

    Args:
        training: `PreTraining`, `LabelledTraining` or anything with its `optimizer`
            and `clip_norm`.
        learning_rate: Number or schedule.

    Raises:
        ValueError: If it names another optimizer.
    """
    if training.optimizer == "adam":
        return FusedAdam(learning_rate, global_clipnorm=training.clip_norm)
    if training.optimizer == "muon":
        return ConvMuon(
            learning_rate,
            weight_decay=0.01,
            exclude_layers=_OUTPUT_LAYERS,
            global_clipnorm=training.clip_norm,
        )
    raise ValueError(
        "The optimizer must be 'adam' or 'muon'. "
        f"Received: optimizer={training.optimizer!r}"
    )


def decaying_optimizer(training: Any, steps: int) -> Any:
    """`encoder_optimizer` whose rate falls along a cosine to zero.

    Args:
        training: See `encoder_optimizer`; its `learning_rate` is the initial one.
        steps: Steps until it is zero.
    """
    decay = keras.optimizers.schedules.CosineDecay(training.learning_rate, steps)
    return encoder_optimizer(training, decay)


def fit_resumable(
    model: Any,
    batches_from: Any,
    folder: str | Path,
    steps: int,
    steps_per_epoch: int = STEPS_PER_EPOCH,
    description: str = "Training",
    callbacks: Any = (),
    backup: str = "training",
) -> dict[Any, Any]:
    """Trains for a number of steps; called again after a stop, it resumes.

    Args:
        model: Built and compiled model.
        batches_from: Callable from the number of the first batch to an endless
            `tf.data.Dataset`, so that a resumed run sees the batches it has missed.
        folder: Folder of the job. Its subfolder `backup` gets the backup and
            `log.csv`, its `logs` TensorBoard's files, its `seconds.txt` the time.
        steps: Number of training steps; all epochs get the same number, so that up
            to one step per epoch is added.
        steps_per_epoch: Most steps between two backups.
        description: Text of the progress bar.
        callbacks: Further callbacks.
        backup: Name of that subfolder; jobs of several trainings have one for each.

    Returns:
        dict from logged name to the list of its values per epoch, over all runs.
    """
    training = Path(folder) / backup
    epochs = -(-steps // steps_per_epoch)
    steps_per_epoch = -(-steps // epochs)
    model.fit(
        batches_from(batches_done(training)),
        epochs=epochs,
        steps_per_epoch=steps_per_epoch,
        callbacks=[
            *resumable_callbacks(training),
            TqdmCallback(epochs=epochs, verbose=0, desc=description),
            keras.callbacks.TensorBoard(Path(folder) / LOGS, write_graph=False),
            Clock(folder),
            *callbacks,
        ],
        shuffle=False,
        verbose=0,
    )
    return read_log(training / LOG)
