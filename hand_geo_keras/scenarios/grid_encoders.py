"""Pre-training of the encoders that all budgets of a seed share."""

import dataclasses
import time
from pathlib import Path

import keras

from hand_geo_keras.pipelines import fixed_quads, quad_dataset
from hand_geo_keras.scenarios.fitting import fit_resumable
from hand_geo_keras.scenarios.fused_labels import fused_points
from hand_geo_keras.scenarios.grid_dataset import load_dataset
from hand_geo_keras.scenarios.grid_jobs import begin, finish, result_of, start_of
from hand_geo_keras.scenarios.grid_latents import cached, encode_views
from hand_geo_keras.scenarios.grid_networks import new_image_loss, new_view_synthesizer

STEPS_PER_EPOCH = 100
_FILE = "view_synthesizer.keras"
_QUADS = 64


def pre_train(job, grid, optimizer=None, callbacks=()):
    """Trains view synthesis on all images of the training subjects, without labels.

    Args:
        job: `EncoderJob`.
        grid: `Grid`.
        optimizer: Keras optimizer; Adam as `PreTraining` describes it if None.
        callbacks: Further callbacks, which may stop the training earlier.

    Returns:
        dict with the seconds it took and the hand's PSNR on training quads and,
        where there is one, on quads of the validation subject.
    """
    folder = begin(job, grid)
    dataset = load_dataset(grid.prepared)
    profile, settings = grid.profile, grid.profile.pre_training
    keras.utils.set_random_seed(job.seed)
    model = starting_synthesizer(job, grid)
    loss = new_image_loss(profile, grid.features)
    is_common = job.kind == "common"
    first_step = 0 if is_common else settings.common_steps
    steps = settings.common_steps if is_common else settings.steps - first_step
    if optimizer is None:
        rate = settings.learning_rate
        optimizer = (
            keras.optimizers.Adam(rate) if is_common else decaying_adam(rate, steps)
        )
    model.compile(optimizer, loss=loss)
    roll = settings.roll if job.kind == "augmented" else 0.0
    augmentation = dataclasses.replace(profile.augmentation, roll=roll)
    clock = Clock(folder)
    fit_resumable(
        model,
        lambda first_batch: quad_dataset(
            dataset.train,
            settings.quads,
            job.seed,
            augmentation,
            profile.views.min_time_gap,
            first_step + first_batch,
        ),
        folder / "training",
        steps,
        min(STEPS_PER_EPOCH, steps),
        description=f"Pre-training ({job.kind})",
        callbacks=[clock, *callbacks],
    )
    result = {
        "train_seconds": clock.seconds,
        "psnr_hand_db": _hand_psnr(model, dataset, settings.quads),
        "features": loss.description,
        "steps": first_step + int(model.optimizer.iterations),
    }
    save_atomically(model, folder / _FILE)
    finish(job, grid, result)
    return result


class Clock(keras.callbacks.Callback):
    """Adds up training time over all runs of a job, epoch by epoch.

    Args:
        folder: Folder of the job.
    """

    def __init__(self, folder):
        super().__init__()
        self._path = Path(folder) / "seconds.txt"
        self._start = None

    @property
    def seconds(self):
        """Seconds spent in finished epochs."""
        return float(self._path.read_text()) if self._path.exists() else 0.0

    def add(self, seconds):
        """Adds seconds to the sum on disk."""
        self._path.write_text(f"{self.seconds + seconds:.2f}")

    def on_epoch_begin(self, epoch, logs=None):
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.add(time.perf_counter() - self._start)


def decaying_adam(learning_rate, steps):
    """Adam whose rate falls along a cosine to zero."""
    decay = keras.optimizers.schedules.CosineDecay(learning_rate, steps)
    return keras.optimizers.Adam(decay)


def save_atomically(model, path):
    """Saves a Keras model under its name only when it is complete."""
    temporary = path.with_name(f"{path.stem}.tmp.keras")
    model.save(temporary)
    temporary.replace(path)


def starting_synthesizer(job, grid):
    """The `ViewSynthesizer` that a job goes on from, or an untrained one.

    Args:
        job: `EncoderJob` or `Cell`.
        grid: `Grid`.

    Raises:
        RuntimeError: If what it goes on from has not been trained.
    """
    start = start_of(job, grid)
    if start is None:
        return new_view_synthesizer(grid.profile, job.seed)
    return load_view_synthesizer(start, grid)


def load_view_synthesizer(job, grid):
    """The pre-trained `ViewSynthesizer` of a finished `EncoderJob`.

    Raises:
        RuntimeError: If the encoder has not been trained with these settings.
    """
    if result_of(job, grid) is None:
        raise RuntimeError(f"{job.name} must be trained before it is used.")
    path = Path(grid.out_dir) / job.name / _FILE
    return keras.saving.load_model(path, compile=False)


def encoding(model):
    """Function from `[B, S, S, 3]` images to `[B, N, 3]` latent points."""
    return lambda images: model.encode(images)["latent_3d"]


def latents_of(job, grid, model, stretch):
    """Latents of all views that a budget may annotate, or of an evaluation; cached.

    Args:
        job: `EncoderJob`.
        grid: `Grid`.
        model: Its `ViewSynthesizer`.
        stretch: `"train"`, `"validation"` or `"test"`.

    Returns:
        `[K, N, 3]` float32; views in the order of `GridDataset.training_views` or
        `GridDataset.evaluation_views`.
    """
    dataset = load_dataset(grid.prepared)
    is_train = stretch == "train"
    views = dataset.training_views() if is_train else dataset.evaluation_views(stretch)
    pool = getattr(dataset, stretch)
    return cached(
        Path(grid.out_dir) / job.name / f"latents_{stretch}.npy",
        lambda: encode_views(encoding(model), pool, views)[0][0],
    )


def fused_points_of(job, grid, model):
    """`fused_points` of all training instants; cached.

    Args:
        job: `EncoderJob`.
        grid: `Grid`.
        model: Its `ViewSynthesizer`.

    Returns:
        `[I, N, 3]` float32.
    """
    pool = load_dataset(grid.prepared).train
    path = Path(grid.out_dir) / job.name / "fused_points.npy"
    return cached(path, lambda: fused_points(model, pool))


def _hand_psnr(model, dataset, batch):
    values = {}
    for stretch in ("train", "validation"):
        pool = getattr(dataset, stretch)
        if pool is not None:
            quads = fixed_quads(pool, _QUADS, batch)
            values[stretch] = model.evaluate(quads, verbose=0, return_dict=True)
    return {name: round(logs["psnr_hand"], 2) for name, logs in values.items()}
