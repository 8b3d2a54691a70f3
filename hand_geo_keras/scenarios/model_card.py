"""The model card of a trained preset, from what its training has written down."""

import csv
import json
from pathlib import Path
from typing import Any

from hand_geo_keras.datasets.instant_folder import read_json
from hand_geo_keras.evaluation import METRICS
from hand_geo_keras.scenarios.table import markdown_table

_SPLITS = ("validation", "test")
_LIMITS = (
    "Takes one hand per crop; a box or a detector must say where it is.",
    "Poses are wrist-relative in the frame of the crop's camera. Their scale is that "
    "of the hands trained on; N-MPJPE leaves it out.",
    "Knows right hands; `HandPredictor` mirrors left ones there and back and must be "
    "told the side.",
    "Hands that hold things, gloves and two touching hands were not trained on.",
    "Kernels are stored in half precision.",
)
_SYNTHETIC = "Trained on rendered hands only."
_NO_PHOTOS = (
    "How well it does on photos was not measured; the figures above do not say it."
)


def model_card(
    name: str,
    models: Any,
    encoder: Any = None,
    cell: Any = None,
    dataset: dict[Any, Any] | None = None,
    command: str = "",
    photos: Any = None,
) -> str:
    """Writes down what a preset is, what it was trained on and how good it is.

    Every figure comes from the `result.json`, `job.json`, `runs.json` and
    `results.csv` of the grid that trained the models; where there is none, the card
    says so.

    Args:
        name: Name of the preset.
        models: The models of the preset.
        encoder: Folder of the encoder in its grid, a file, or None.
        cell: Folder of the cell in its grid, a file, or None.
        dataset: dict of `dataset.json` of the prepared dataset, or empty.
        command: Command line that made the preset.
        photos: What was measured on real photos, in words, or None.

    Returns:
        str, Markdown.
    """
    encoder, cell = (_Job(place) for place in (encoder, cell))
    parts = [
        f"# {name}",
        _what_it_is(models, cell),
        "## Data",
        _data(encoder, cell, dataset or {}),
        "## Results",
        *_results(encoder, cell),
        *([photos] if photos else []),
        "## Limits",
        "\n".join(f"- {limit}" for limit in _limits(encoder, cell, photos)),
        "## How it was made",
        *_commands(encoder, cell, command),
        *_settings(encoder, cell),
    ]
    return "\n\n".join(parts) + "\n"


class _Job:
    """What a job of a grid has written down; empty where there is no such folder."""

    def __init__(self, place: Any) -> None:
        folder = Path(place) if place is not None else Path()
        is_job = place is not None and (folder / "job.json").is_file()
        grid = folder.resolve().parent.parent
        self.name = f"{folder.parent.name}/{folder.name}" if is_job else None
        self.result = read_json(folder / "result.json") if is_job else {}
        self.settings = read_json(folder / "job.json")["settings"] if is_job else {}
        self.runs = read_json(grid / "runs.json").get("runs", []) if is_job else []
        self.row = _row(grid / "results.csv", self.result) if is_job else {}


def _row(path, result):
    """The row of a cell in `results.csv`; any row for an encoder, as all share it."""
    if not path.is_file():
        return {}
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    keys = ("configuration", "budget", "seed") if result.get("budget") else ()
    fitting = [r for r in rows if all(r[key] == str(result[key]) for key in keys)]
    return fitting[0] if fitting else {}


def _what_it_is(models, cell):
    synthesizer = models[0]
    size = synthesizer.encoder.image_size
    what = (
        f"Encoder and decoder of views of hands ({size} x {size} pixels, "
        f"{synthesizer.encoder.num_points} latent 3D points)"
    )
    count = synthesizer.count_params()
    if len(models) > 1:
        count += models[1].pose_head.count_params()
        what += " and a head that predicts 21 joints in mm"
    text = f"{what}; {count:,} parameters."
    if cell.result:
        text += (
            f" Configuration `{cell.result['configuration']}` with "
            f"{cell.result['annotations']} annotated images, seed "
            f"{cell.result['seed']}."
        )
    return text


def _data(encoder, cell, dataset):
    name = dataset.get("name") or (cell.row or encoder.row).get("dataset")
    lines = [f"Dataset: {name}." if name else "Dataset: not written down."]
    for part, subjects in dataset.get("subjects", {}).items():
        if subjects:
            lines.append(f"Subjects for {part}: {', '.join(subjects)}.")
    fingerprint = (cell.settings or encoder.settings).get("data")
    if fingerprint:
        lines.append(f"Fingerprint of the prepared images: `{fingerprint[:16]}`.")
    return " ".join(lines)


def _results(encoder, cell):
    parts = []
    splits = [split for split in _SPLITS if split in cell.result]
    if splits:
        header = ["", *(name.removesuffix("_mm") for name in METRICS)]
        rows = [
            [split, *(f"{cell.result[split][name]:.2f}" for name in METRICS)]
            for split in splits
        ]
        parts.append(markdown_table(header, rows))
        parts.append(
            "Millimetres, but for the area under the PCK curve. Test subjects were "
            "neither trained nor chosen on."
        )
    if encoder.result:
        figures = encoder.result["psnr_foreground_db"].items()
        text = ", ".join(f"{value:.2f} dB ({name})" for name, value in figures)
        parts.append(
            f"View synthesis after pre-training, PSNR of the foreground: {text}; "
            f"{encoder.result['steps']} steps in {encoder.result['train_seconds']:.0f} "
            f"s, {encoder.result['features']}."
        )
    return parts or ["No `result.json` lies beside the models: nothing was measured."]


def _limits(encoder, cell, photos):
    name = (cell.row or encoder.row).get("dataset", "")
    if not name.startswith("synthetic"):
        return _LIMITS
    return [_SYNTHETIC if photos else f"{_SYNTHETIC} {_NO_PHOTOS}", *_LIMITS]


def _commands(encoder, cell, command):
    runs = [run["command"] for run in (cell.runs or encoder.runs) if run["command"]]
    lines = [*dict.fromkeys(runs), *([command] if command else [])]
    commit = (cell.row or encoder.row).get("commit")
    parts = ["```bash\n" + "\n".join(lines) + "\n```"] if lines else []
    return [*parts, *([f"Code: {commit}."] if commit else [])]


def _settings(encoder, cell):
    parts = []
    for job in (encoder, cell):
        if job.name:
            text = json.dumps(job.settings, indent=1)
            parts += [f"Settings of `{job.name}`:", f"```json\n{text}\n```"]
    return parts
