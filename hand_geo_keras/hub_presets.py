"""Presets on the Hugging Face Hub, `hf://<user>/<repository>`."""

from pathlib import Path

from hand_geo_keras.errors import WeightsError

_SCHEME = "hf://"
# Nothing else of a repository is downloaded; both are checked before they are used.
PRESET_FILES = ("config.json", "weights.npz")


def is_hub_handle(preset: object) -> bool:
    """Whether a preset is named by its place on the Hugging Face Hub."""
    return str(preset).startswith(_SCHEME)


def fetch_from_hub(handle: str) -> Path:
    """Downloads a preset, once; without a network, the copy of an earlier call is used.

    Args:
        handle: `hf://<user>/<repository>`, or with `@<revision>` behind it (branch, tag
            or commit).

    Returns:
        Folder of the preset in the cache of `huggingface_hub`.

    Raises:
        WeightsError: `huggingface_hub` (extra `hub`) is not installed, the handle is
            malformed, or the Hub has no such preset and there is no copy.

    Example:
        ```python
        PoseEstimator.from_preset("hf://somebody/my_hands@v2")
        ```
    """
    repository, _, revision = handle.removeprefix(_SCHEME).partition("@")
    if repository.count("/") != 1 or not all(repository.split("/")):
        raise WeightsError(
            "A preset on the Hugging Face Hub is hf://<user>/<repository>. "
            f"Received: {handle!r}"
        )
    try:
        import huggingface_hub
    except ImportError as reason:
        raise WeightsError(
            f"{handle}: huggingface_hub is not installed; install the package with its "
            "extra 'hub', or give the folder of a preset."
        ) from reason
    try:
        folder = huggingface_hub.snapshot_download(
            repository, revision=revision or None, allow_patterns=list(PRESET_FILES)
        )
    # A repository that is missing, private or not in the cache, no network, bad names:
    # the client has an exception for each, from several libraries.
    except Exception as reason:
        first = (str(reason).strip().splitlines() or [repr(reason)])[0].rstrip(".")
        raise WeightsError(
            f"{handle}: cannot be downloaded ({first}); check the name and the network."
        ) from reason
    missing = [name for name in PRESET_FILES if not (Path(folder) / name).is_file()]
    if missing:
        raise WeightsError(
            f"{handle}: holds no {missing[0]}; upload a folder that `save_to_preset` "
            "wrote."
        )
    return Path(folder)
