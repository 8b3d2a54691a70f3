"""Semi-supervised monocular 3D hand pose from calibrated multi-view images.

What most users need is available from here; it is imported when it is first used, so
that `import hand_geo_keras` takes no time:

| name | what it does |
|---|---|
| `open_recording` | reads a multi-camera recording of any known format |
| `prepare_recording`, `Preparation`, `load_instants` | crops on disk, and as arrays |
| `train_recording`, `PROFILES` | a measured model from a recording and a few labels |
| `ViewSynthesizer`, `PoseEstimator` | the models; `from_preset("hand_128")` |
| `predict`, `predict_photo` | the hands in an image, or the one that is there |
| `load_pose_model`, `load_model` | a model from a run, preset or `.keras` file |
| `evaluate_poses` | how good a pose model is |
| `export` | a SavedModel for TensorFlow Serving |

All packages of the API reference are attributes too, for example
`hand_geo_keras.pipelines`, and so is `hand_geo_keras.errors`.

Example:
    ```python
    import hand_geo_keras

    hands = hand_geo_keras.predict("photo.jpg")
    hands[0].side, hands[0].score, hands[0].joints  # [21, 3] in mm
    ```
"""

import importlib
from typing import Any

from hand_geo_keras._version import __version__
from hand_geo_keras.quiet import hush_tensorflow

hush_tensorflow()

_PACKAGES = (
    *("errors", "geometry", "motion_files", "layers", "metrics", "losses"),
    *("optimizers", "recordings"),
    *("synthetic", "datasets", "pipelines", "models", "visualization", "calibration"),
    *("callbacks", "prediction", "labelling", "evaluation", "training", "scenarios"),
    *("studies", "serving"),
    *("viewer", "cli"),
)
_MODULE_OF = {
    "PROFILES": "training.profiles",
    "PoseEstimator": "models",
    "Preparation": "datasets",
    "ViewSynthesizer": "models",
    "evaluate_poses": "evaluation",
    "export": "serving",
    "load_instants": "datasets",
    "load_model": "models.model_files",
    "load_pose_model": "prediction",
    "open_recording": "recordings",
    "predict": "prediction",
    "predict_photo": "prediction",
    "prepare_recording": "datasets",
    "train_recording": "scenarios.recording",
}
_NAME_THERE = {"load_model": "load_model_file"}
__all__ = [*_MODULE_OF, "__version__"]


def __getattr__(name: str) -> Any:
    if name in _PACKAGES:
        return importlib.import_module(f"{__name__}.{name}")
    if name in _MODULE_OF:
        module = importlib.import_module(f"{__name__}.{_MODULE_OF[name]}")
        return getattr(module, _NAME_THERE.get(name, name))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[Any]:
    return sorted({*globals(), *_PACKAGES, *_MODULE_OF})
