"""A pose model, compiled: the one way by which crops become poses."""

import functools
import os
import threading
from pathlib import Path
from typing import Any

import numpy as np

from hand_geo_keras.hub_presets import is_hub_handle
from hand_geo_keras.prediction import lite_network
from hand_geo_keras.prediction.lite_conversion import converted, kept_network
from hand_geo_keras.preset_folders import (
    CONFIG_FILE,
    RUN_MODEL,
    preset_files,
)

_KEPT_FILES = 4


class CompiledModel:
    """Runs a pose model on any number of crops. Use `compiled_model` to get one.

    What a model in memory computes is compiled by TensorFlow, and weights may change
    afterwards. A model of files that reads joints is converted for LiteRT on its first
    use, which is kept on disk: from then on neither TensorFlow nor Keras is imported to
    read hands with it, unless `model`, `poses` or `latents` is asked for.

    Args:
        source: `PoseEstimator`, `SemiSupervisedPoseEstimator`, or what
            `load_pose_model` takes.
        files: The files that the model consists of; empty for one in memory.

    Example:
        ```python
        compiled_model("hand_128").read(crops, scales)["joints_mm"]  # [B, 21, 3]
        ```
    """

    def __init__(self, source: Any, files: Any = ()) -> None:
        self._source, self._files = source, list(files)
        self._network = None
        self._lock = threading.RLock()
        engine = lite_network.engine()
        self._is_lite = bool(files) and engine != lite_network.TENSORFLOW
        if self._is_lite:
            self._network = kept_network(self._files)
        if self._network is None:
            self.functions  # noqa: B018 - what is wrong with a model is told at once

    @functools.cached_property
    def functions(self) -> Any:
        """`KerasFunctions` of the model, which is loaded on the first use."""
        # TensorFlow takes seconds to import, and most hands are read without it.
        from hand_geo_keras.prediction.keras_functions import KerasFunctions
        from hand_geo_keras.prediction.pose_model import load_pose_model

        with self._lock:
            return KerasFunctions(load_pose_model(self._source))

    @property
    def model(self) -> Any:
        """The Keras model."""
        return self.functions.model

    @property
    def kind(self) -> str:
        """Name of the model's class."""
        # Only they have named latent points.
        return "PoseEstimator" if self._network else type(self.model).__name__

    @property
    def crop_size(self) -> int:
        """Side of the crops in pixels."""
        return (self._network or self.functions).crop_size

    @property
    def reads_joints(self) -> bool:
        """Whether the model's first latent points are the joints."""
        return self._network is not None or self.functions.reads_joints

    def poses(self, images: np.ndarray, scales: np.ndarray | None = None) -> np.ndarray:
        """Poses of crops.

        Args:
            images: `[B, S, S, 3]` uint8 RGB crops.
            scales: `[B]` float32 half the crop's side over its focal length, which
                models with named latent points take into account; that of a hand at
                arm's length if None.

        Returns:
            `[B, J, 3]` float32 joints in mm, in each crop's virtual-camera frame.
        """
        return self.functions.poses(images, scales)

    def latents(self, images: Any) -> np.ndarray:
        """`[B, N, 3]` float32 latent points of crops `[B, S, S, 3]` uint8."""
        return self.functions.latents(images)

    def read(self, images: np.ndarray, scales: np.ndarray) -> dict[str, np.ndarray]:
        """Everything that a model with named latent points says of crops.

        Args:
            images: `[B, S, S, 3]` uint8 RGB crops.
            scales: `[B]` float32 half the crop's side over its focal length.

        Returns:
            Dict of arrays, see `read_joints`.
        """
        with self._lock:
            if self._is_lite and self._network is None:
                name = str(self._source)
                self._network = converted(self.functions, self._files, name)
                self._is_lite = self._network is not None
        return (self._network or self.functions).read(images, scales)


def compiled_model(model: Any) -> CompiledModel:
    """The `CompiledModel` of a model, the same one at every call.

    Args:
        model: See `load_pose_model`. What a path or a preset's name stands for is
            loaded again only if its files have changed. A `CompiledModel` is returned
            as it is.

    Returns:
        `CompiledModel`.

    Raises:
        WeightsError: If there is no such model or it predicts no poses.
    """
    if isinstance(model, CompiledModel):
        return model
    if isinstance(model, (str, os.PathLike)):
        path = os.fspath(model)
        return _of_files(path, _state_of(_files_of(path)), lite_network.engine())
    # Kept by the model itself, so that both are forgotten together.
    if "_compiled_model" not in vars(model):
        vars(model)["_compiled_model"] = CompiledModel(model)
    return vars(model)["_compiled_model"]


@functools.lru_cache(maxsize=_KEPT_FILES)
def _of_files(path, state, engine):
    del engine  # another model if the environment has changed
    return CompiledModel(path, [file for file, *_ in state])


def _files_of(model):
    """The files that a model of a path or name consists of; none where there is none.

    `load_pose_model` then says what is wrong.
    """
    path = Path(model)
    if path.is_file():
        return [path]
    if (path / RUN_MODEL).is_file():
        return [path / RUN_MODEL]
    if path.is_dir() and not (path / CONFIG_FILE).is_file():
        return []
    if path.suffix and not path.is_dir() and not is_hub_handle(model):
        return []
    return preset_files(model)


def _state_of(files):
    """Changes whenever a file does."""
    states = [(file, file.stat()) for file in files if file.is_file()]
    return tuple((file, s.st_mtime_ns, s.st_size) for file, s in states)
