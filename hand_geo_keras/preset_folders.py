"""Where presets are: shipped with the package, in a folder, or on the Hub.

Nothing here imports Keras, which takes seconds: a hand is read without it (see
`hand_geo_keras.prediction.compiled_model`).
"""

import functools
import hashlib
from pathlib import Path
from typing import Any

from hand_geo_keras.errors import WeightsError
from hand_geo_keras.hub_presets import fetch_from_hub, is_hub_handle
from hand_geo_keras.io.json_file import read_json

# One folder per shipped preset.
SHIPPED = Path(__file__).parent / "models" / "trained"
CONFIG_FILE, WEIGHTS_FILE = "config.json", "weights.npz"
RUN_MODEL = "model.keras"  # in the folder of a training run or of one of its cells
BASED_ON = "based_on"  # key in config.json: the shipped preset that has the other parts


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


def preset_folders(preset: Any) -> list[Path]:
    """The folders that a preset's parts are in.

    Args and errors are those of `find_preset`.

    Returns:
        List of `pathlib.Path`: that of `find_preset`, then that of the shipped preset
        it is based on, if it holds only what differs from one.

    Raises:
        WeightsError: also if it is based on anything but a shipped preset that holds
            all of its parts itself.
    """
    folder = find_preset(preset)
    bases = _bases_of(folder)
    where = f"{folder / CONFIG_FILE}, {BASED_ON}"
    return [folder, *(base_folder(name, where) for name in bases)]


def base_folder(name: Any, where: object) -> Path:
    """The folder of a preset that others may be based on.

    Args:
        name: Name of a shipped preset that holds all of its parts itself.
        where: What names it, for messages.

    Returns:
        `pathlib.Path`.

    Raises:
        WeightsError: There is no such shipped preset.
    """
    complete = [
        shipped for shipped in shipped_presets() if not _bases_of(SHIPPED / shipped)
    ]
    if name not in complete:
        raise WeightsError(
            f"{where}: {name!r} is none of the presets that ship with this version, "
            f"{complete}; update hand_geo_keras, or save the preset with all of its "
            "parts."
        )
    return SHIPPED / name


def _bases_of(folder):
    """What a preset names as its base: `(name,)`, or `()`."""
    path = folder / CONFIG_FILE
    state = path.stat() if path.is_file() else None
    return _bases_in(path, state and (state.st_mtime_ns, state.st_size))


# Hands are read from one image after the other, each time from what files hold now.
@functools.lru_cache(maxsize=64)
def _bases_in(path, state):
    del state  # another file
    config = read_json(path, WeightsError)
    return (config[BASED_ON],) if BASED_ON in config else ()


def preset_files(preset: Any) -> list[Path]:
    """All files that a preset is read from; args and errors of `preset_folders`."""
    return [
        folder / name
        for folder in preset_folders(preset)
        for name in (CONFIG_FILE, WEIGHTS_FILE)
    ]


def preset_fingerprint(preset: Any) -> str:
    """Text that differs whenever the files of a preset differ.

    Args and errors are those of `preset_folders`.
    """
    digest = hashlib.sha256()
    for file in preset_files(preset):
        digest.update(file.read_bytes())
    return digest.hexdigest()
