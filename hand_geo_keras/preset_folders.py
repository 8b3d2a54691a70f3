"""Where presets are: shipped with the package, in a folder, or on the Hub.

Nothing here imports Keras, which takes seconds: a hand is read without it (see
`hand_geo_keras.prediction.compiled_model`).
"""

import hashlib
from pathlib import Path
from typing import Any

from hand_geo_keras.errors import WeightsError
from hand_geo_keras.hub_presets import fetch_from_hub, is_hub_handle

# One folder per shipped preset.
SHIPPED = Path(__file__).parent / "models" / "trained"
CONFIG_FILE, WEIGHTS_FILE = "config.json", "weights.npz"
RUN_MODEL = "model.keras"  # in the folder of a training run or of one of its cells


def find_preset(preset: Any) -> Path:
    """The folder of a preset.

    Args:
        preset: path of the folder, name of a preset that ships with the package, or
            `hf://<user>/<repository>`, see `fetch_from_hub`.

    Returns:
        `pathlib.Path` of the folder that `save_to_preset` wrote.

    Raises:
        WeightsError: there is no such preset.

    Example:
        >>> find_preset("hand_128").name
        'hand_128'
    """
    if is_hub_handle(preset):
        return fetch_from_hub(str(preset))
    for directory in (Path(preset), SHIPPED / str(preset)):
        if (directory / CONFIG_FILE).is_file():
            return directory
    raise WeightsError(
        f"No trained preset at {preset}: give a folder with config.json and "
        f"weights.npz, or one of {shipped_presets()}; the untrained sizes of `PRESETS` "
        "are built with `build_view_synthesizer`."
    )


def shipped_presets() -> list[str]:
    """Sorted names of the trained presets that come with the package."""
    return sorted(path.parent.name for path in SHIPPED.glob(f"*/{CONFIG_FILE}"))


def preset_fingerprint(preset: Any) -> str:
    """Text that differs whenever the files of a preset differ.

    Args and errors are those of `find_preset`.
    """
    digest = hashlib.sha256()
    for name in (CONFIG_FILE, WEIGHTS_FILE):
        digest.update((find_preset(preset) / name).read_bytes())
    return digest.hexdigest()
