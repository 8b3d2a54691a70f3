"""What a training starts from: a finished job's models, or a preset."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
from absl import logging

from hand_geo_keras.datasets.split import Split
from hand_geo_keras.errors import WeightsError
from hand_geo_keras.evaluation.predict import encode_views
from hand_geo_keras.io import read_arrays, replacing, write_arrays
from hand_geo_keras.models import ViewSynthesizer
from hand_geo_keras.models.model_files import read_model_file
from hand_geo_keras.prediction.pose_model import load_pose_model, load_view_synthesizer
from hand_geo_keras.preset_folders import preset_fingerprint
from hand_geo_keras.recordings.content_fingerprint import content_fingerprint

SYNTHESIZER_FILE = "view_synthesizer.keras"
POSE_FILE = "model.keras"
_CACHED = "array"


@dataclasses.dataclass(frozen=True)
class TrainedFolder:
    """Models that a finished job has saved.

    Args:
        folder: Folder of the job.
    """

    folder: str

    def view_synthesizer(self) -> Any:
        """Its `ViewSynthesizer`, a new copy in memory with each call."""
        return _load(Path(self.folder) / SYNTHESIZER_FILE)

    def pose_estimator(self) -> Any:
        """Its `PoseEstimator`, a new copy in memory with each call."""
        return _load(Path(self.folder) / POSE_FILE)

    def cached(self, name: str, compute: Any) -> Any:
        """An array that the models imply, computed once and kept in the folder.

        The folder is cleared when the models would be others. A damaged file is
        computed anew, with a warning.

        Args:
            name: Name of the `.npz` file, without its ending.
            compute: Callable without arguments that returns the array.

        Returns:
            numpy array.
        """
        path = Path(self.folder) / f"{name}.npz"
        if path.exists():
            try:
                return read_arrays(path)[_CACHED]
            except (WeightsError, KeyError) as reason:
                logging.warning("%s It is computed anew.", reason)
        array = compute()
        write_arrays(path, {_CACHED: array})
        return array


@dataclasses.dataclass(frozen=True)
class Preset:
    """A trained preset or run, to start from as from a finished job.

    Args:
        name: Folder of the preset or of a run, or name of a preset that ships with the
            package.
        fingerprint: Text that differs whenever its files differ.
    """

    name: str
    fingerprint: str

    @classmethod
    def find(cls, name: str) -> Any:
        """The preset of a name or folder, or the models of a run's folder.

        Raises:
            WeightsError: If there is no such preset.
        """
        if (Path(name) / POSE_FILE).is_file():
            files = (Path(name) / file for file in (POSE_FILE, SYNTHESIZER_FILE))
            texts = [file for file in files if file.is_file()]
            return cls(str(name), content_fingerprint(texts, ()))
        return cls(str(name), preset_fingerprint(name))

    def trained(self, out_dir: str | Path) -> Any:
        """Itself, wherever jobs are."""
        del out_dir
        return self

    def view_synthesizer(self) -> Any:
        """Its `ViewSynthesizer`.

        Raises:
            WeightsError: If it has none, or a file is damaged.
        """
        found = load_view_synthesizer(self.name)
        if found is None:
            raise WeightsError(
                f"{self.name}: has no decoder of views; start from a model that has "
                "one, or train it otherwise (--methods)."
            )
        return found

    def pose_estimator(self) -> Any:
        """Its `PoseEstimator`."""
        return load_pose_model(self.name)

    def cached(self, name: str, compute: Any) -> Any:
        """Computed each time; a preset's folder is not written to."""
        del name
        return compute()


def latents_of(trained: Any, model: Any, split: Split, part: Any) -> np.ndarray:
    """Latent points of a part's views by a frozen encoder, cached beside it.

    Args:
        trained: `TrainedFolder` or `Preset` of the encoder.
        model: Its `ViewSynthesizer`, or a `PoseEstimator` with the same encoder.
        split: `Split`.
        part: `"unlabelled"` for all of its views; or the name of a measured part, for
            the views that are measured.

    Returns:
        `[K, N, 3]` float32.
    """
    if part == "unlabelled":
        pool, views = split.unlabelled, np.arange(len(split.unlabelled.images))
    else:
        pool, views = split.measured[part].pool, split.measured[part].views
    name = f"latents_{part}"
    return trained.cached(name, lambda: encode_views(model, pool, views))


def save_models(folder: str | Path, model: Any) -> None:
    """Saves what a job trained: a view synthesizer, a pose estimator, or both."""
    folder = Path(folder)
    files = {POSE_FILE: getattr(model, "pose_estimator", model)}
    if isinstance(model, ViewSynthesizer):
        files = {SYNTHESIZER_FILE: model}
    elif hasattr(model, "view_synthesizer"):
        files[SYNTHESIZER_FILE] = model.view_synthesizer
    for name, part in files.items():
        with replacing(folder / name) as partial:
            part.save(partial)


def _load(path):
    if not path.exists():
        raise RuntimeError(f"{path} must be trained before it is used.")
    return read_model_file(path)
