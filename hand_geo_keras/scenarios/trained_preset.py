"""Turns what a grid has trained into a preset that ships with the package."""

from pathlib import Path
from typing import Any

import numpy as np

from hand_geo_keras.datasets.instant_folder import read_json
from hand_geo_keras.errors import WeightsError
from hand_geo_keras.io import write_text
from hand_geo_keras.models import PoseEstimator, ViewSynthesizer, save_to_preset
from hand_geo_keras.prediction.pose_model import load_model_file, load_pose_model
from hand_geo_keras.scenarios.model_card import model_card
from hand_geo_keras.training.trained import POSE_FILE, SYNTHESIZER_FILE

MOST_BYTES = 5_000_000


def make_trained_preset(
    directory: str | Path,
    encoder: Any = None,
    cell: Any = None,
    dataset: Any = None,
    command: str = "",
    photos: Any = None,
) -> dict[str, Any]:
    """Writes a preset and its model card from trained models.

    Args:
        directory: Folder of the preset; its name is the preset's.
        encoder: Folder of an encoder of the grid, or the `.keras` file of a
            `ViewSynthesizer`. May be None if the cell has one.
        cell: Folder of a cell of the grid, or the `.keras` file of a pose model; a
            preset without poses if None. Encoder and cell must be of one training:
            a preset holds one encoder.
        dataset: Folder of the prepared dataset, whose subjects the card then names,
            or None.
        command: Command line, for the card.
        photos: What was measured on real photos, for the card, or None.

    Returns:
        dict from name of file to its size in bytes.

    Raises:
        WeightsError: If a model is missing, the two have different encoders, or the
            preset is larger than 5 MB.

    Example:
        ```python
        make_trained_preset(
            "compact_64",
            "runs/full/encoders/augmented_s0",
            "runs/full/cells/pre_trained_aug_28592_s0",
        )
        ```
    """
    directory = Path(directory)
    models = trained_models(encoder, cell)
    save_to_preset(directory, *models)
    sizes = {
        name: (directory / name).stat().st_size
        for name in ("config.json", "weights.npz")
    }
    if sum(sizes.values()) > MOST_BYTES:
        raise WeightsError(
            f"{directory}: takes {sum(sizes.values()) / 1e6:.1f} MB but a preset that "
            f"ships may take {MOST_BYTES / 1e6:.0f} MB; train a smaller model."
        )
    metadata = read_json(Path(dataset) / "dataset.json") if dataset else {}
    card = model_card(directory.name, models, encoder, cell, metadata, command, photos)
    write_text(directory / "MODEL_CARD.md", card)
    return {**sizes, "MODEL_CARD.md": len(card.encode())}


def trained_models(encoder: Any, cell: Any) -> tuple[Any, ...]:
    """The models of a preset, which share one encoder.

    Args:
        encoder, cell: See `make_trained_preset`.

    Returns:
        `(ViewSynthesizer,)`, or `(ViewSynthesizer, PoseEstimator)`.

    Raises:
        WeightsError: If a model is missing or the two have different encoders.
    """
    pose_model = None
    if cell is not None:
        pose_model = load_pose_model(_file(cell, POSE_FILE))
    if hasattr(pose_model, "view_synthesizer"):
        return pose_model.view_synthesizer, pose_model.pose_estimator  # type: ignore[union-attr]
    synthesizer = _synthesizer(encoder, cell)
    if pose_model is None:
        return (synthesizer,)
    return synthesizer, _sharing(synthesizer, pose_model, cell)


def _synthesizer(encoder, cell):
    """The cell's own, which was trained on with it, before the encoder's."""
    own = cell is not None and Path(cell) / SYNTHESIZER_FILE
    if own and own.is_file():
        path = own
    elif encoder is None:
        raise WeightsError(
            f"Say which encoder to take; {cell} has no {SYNTHESIZER_FILE} of its own."
        )
    else:
        path = _file(encoder, SYNTHESIZER_FILE)
    model = load_model_file(path)
    if not isinstance(model, ViewSynthesizer):
        raise WeightsError(f"{path}: holds no ViewSynthesizer.")
    return model


def _sharing(synthesizer, pose_model, cell):
    """The pose model once more, on the synthesizer's encoder."""
    pairs = (
        synthesizer.encoder.get_weights(),
        pose_model.encoder.get_weights(),
    )
    same = len(pairs[0]) == len(pairs[1]) and all(map(np.array_equal, *pairs))
    if not same:
        raise WeightsError(
            f"{cell}: its encoder is not that of the view synthesizer, so that their "
            "latent points differ; give the encoder that the cell was trained on, or "
            f"a cell that was trained further and kept its {SYNTHESIZER_FILE}."
        )
    model = PoseEstimator(synthesizer.encoder, pose_model.pose_head)
    model.pose_mean.assign(pose_model.pose_mean)
    model.pose_std.assign(pose_model.pose_std)
    return model


def _file(place, name):
    """A model's file, given it or the folder that it is in."""
    path = Path(place)
    path = path / name if path.is_dir() else path
    if not path.is_file():
        raise WeightsError(f"{path}: there is no such file; has the job finished?")
    return path
