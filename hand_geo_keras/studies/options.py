"""What a study may be asked for on the command line of `hand-geo scenarios`."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hand_geo_keras.datasets import prepare_dataset
from hand_geo_keras.errors import DatasetError
from hand_geo_keras.precision import resolve_precision
from hand_geo_keras.training.profiles import PROFILES

DATASETS = {
    "smoke": "synthetic_tiny",
    "mini": "synthetic_mini",
    "full": "synthetic_full",
    "preset": "synthetic_full",
}
# Flags of every study that trains on a dataset.
DATA_FLAGS = (
    *("profile", "out_dir", "data_dir", "dataset", "seeds", "executor"),
    *("clip_norm", "deterministic", "precision"),
)


@dataclasses.dataclass
class Options:
    """Flags; what is None is the study's own choice.

    Args:
        profile: Name in `PROFILES`.
        out_dir: Folder to write to.
        data_dir: Folder of rendered and prepared data; `out_dir/data` if None.
        dataset: See `prepare_dataset`; the profile's if None.
        seeds: Seeds.
        budgets: Rows of Table 1.
        configurations: Columns.
        executor: `"local"` or `"ray"`.
        features: Weights of the feature loss, see `ResNet18Features`.
        command: Command line, for reports.
        add_results: `results.csv` files of other machines.
        labels: Numbers of annotated images.
        steps: Steps of pre-training.
        seconds: Seconds of pre-training of each model that is compared by time.
        minutes: Numbers of minutes of pre-training.
        training_steps: Numbers of steps of a training on labels.
        imagenet: Weights of an ImageNet ResNet-18.
        views: Numbers of views to fuse.
        subsets: Most subsets per instant and number of views.
        recording: Folder of a recording.
        preset: Folder or name of a trained model.
        dome: Folder of a prepared dataset.
        split: Part of the recording that is measured.
        clip_norm: Largest norm of the gradient in all trainings, or None.
        deterministic: Whether operations are deterministic, in this process.
        precision: One of `PRECISIONS`.
    """

    profile: str = "mini"
    out_dir: str = "runs/mini"
    data_dir: str | None = None
    dataset: str | None = None
    seeds: list | None = None
    budgets: list | None = None
    configurations: list | None = None
    executor: str = "local"
    features: str | None = "auto"
    command: str = ""
    add_results: Sequence = ()
    labels: list | None = None
    steps: int | None = None
    seconds: float = 240.0
    minutes: Sequence = (1, 2, 4, 8)
    training_steps: Sequence = (1000, 2000, 4000, 8000)
    imagenet: str | None = None
    views: Sequence = (1, 2, 4, 8)
    subsets: int = 12
    recording: str | None = None
    preset: str | None = None
    dome: str | None = None
    split: str = "test"
    clip_norm: float | None = None
    deterministic: bool = False
    precision: str = "float32"

    @property
    def folder(self) -> Any:
        """`out_dir` as an absolute `pathlib.Path`, which all workers share."""
        return Path(self.out_dir).absolute()

    def settings(self) -> Any:
        """The `Profile`, with features, clipping and precision as asked for."""
        profile = PROFILES[self.profile].replaced("views", features=self.features)
        precision = resolve_precision(self.precision)
        return dataclasses.replace(profile.clipped(self.clip_norm), precision=precision)

    def prepared(self, crop_size: int | None = None) -> Any:
        """Renders and prepares the dataset unless it is there, as `PreparedData`.

        Args:
            crop_size: Side of the crops in pixels; the profile's if None.

        Raises:
            DatasetError: If it cannot be prepared, or there is none by default.
        """
        dataset = self.dataset or DATASETS.get(self.profile)
        if dataset is None:
            raise DatasetError(
                f"The profile {self.profile!r} has no data of its own; name the folder "
                "of your recordings with --dataset"
            )
        size = crop_size or PROFILES[self.profile].network.image_size
        return prepare_dataset(dataset, self.data_dir or self.folder / "data", size)
