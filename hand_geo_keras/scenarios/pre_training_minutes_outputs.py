"""Writes what minutes of pre-training bring: CSV, table and figure."""

from pathlib import Path

from hand_geo_keras.scenarios.ablations_outputs import measured_columns
from hand_geo_keras.scenarios.results_table import (
    code_version,
    csv_text,
    markdown_table,
    write_text,
)
from hand_geo_keras.viewer.pre_training_curve import save_pre_training_curve

COLUMNS = (
    "dataset",
    "seed",
    "minutes",
    "steps",
    "labels",
    "stretch",
    "n_mpjpe_mm",
    "mean_pose_n_mpjpe_mm",
    "psnr_hand_db",
    "image_loss",
    "commit",
)
_NAME = "pre_training_minutes"


def write_minutes(out_dir, results, data, baseline, seed, command):
    """Writes `pre_training_minutes.csv`, `.md` and `.png`.

    Args:
        out_dir: Folder to write to.
        results: dict from minutes to a result of `measured`.
        data: `GridDataset`.
        baseline: dict from stretch to the N-MPJPE in mm of the mean pose.
        seed: Seed of all trainings.
        command: Command line that measured it.

    Returns:
        The table as Markdown text.
    """
    facts = {"dataset": data.name, "seed": seed, "commit": code_version()}
    rows = [
        facts
        | {
            "minutes": minutes,
            "steps": result["steps"],
            "labels": labels,
            "stretch": stretch,
            "n_mpjpe_mm": error,
            "mean_pose_n_mpjpe_mm": baseline[stretch],
            "psnr_hand_db": result["psnr_hand_db"][stretch],
            "image_loss": result["image_loss"],
        }
        for minutes, result in results.items()
        for labels, errors in result["n_mpjpe_mm"].items()
        for stretch, error in errors.items()
    ]
    out_dir = Path(out_dir)
    write_text(out_dir / f"{_NAME}.csv", csv_text(rows, COLUMNS))
    save_pre_training_curve(
        out_dir / f"{_NAME}.png",
        rows,
        f"pre_trained on {data.name}, seed {seed}",
    )
    text = minutes_text(results, baseline, facts, command)
    write_text(out_dir / f"{_NAME}.md", text)
    return text


def minutes_text(results, baseline, facts, command):
    """The table and how it was measured, as Markdown.

    Args:
        results, baseline, command: See `write_minutes`.
        facts: dict with `dataset`, `seed` and `commit`.

    Returns:
        str.
    """
    first = next(iter(results.values()))
    titles, columns, means = measured_columns(results, baseline)
    rows = [
        [f"{minutes:g}", str(result["steps"]), *values]
        for (minutes, result), values in zip(results.items(), columns)
    ]
    rows.append(["mean pose", "–", *means])
    parts = [
        f"# Minutes of pre-training: dataset {facts['dataset']}, seed {facts['seed']}",
        f"`{command}` (code {facts['commit']})",
        "N-MPJPE in mm of a pose head on the frozen encoder of `pre_trained`, "
        "trained on so many labels. Every encoder is trained from nothing for its "
        f"minutes, without labels. Image loss: {first['image_loss']}.",
        markdown_table(["minutes", "steps", *titles], rows),
    ]
    return "\n\n".join(parts) + "\n"
