"""What studies share: encoders, heads of few labels on each, tables and figures."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from hand_geo_keras.datasets.prepared_data import PreparedData
from hand_geo_keras.scenarios.code_version import code_version
from hand_geo_keras.scenarios.job import job_of
from hand_geo_keras.scenarios.run_jobs import run_jobs
from hand_geo_keras.scenarios.table import EMPTY
from hand_geo_keras.studies.label_budgets import smallest_budget
from hand_geo_keras.studies.options import Options
from hand_geo_keras.training.networks import new_pose_head
from hand_geo_keras.training.profiles import Profile

# How lines of measured parts are dashed in figures.
PART_STYLES = {"validation": "-", "test": "--"}


@dataclasses.dataclass(frozen=True)
class Variant:
    """One pre-training, measured by its images and by pose heads on its encoder.

    Args:
        name: Name of the variant and of its folder.
        profile: `Profile`, of which pre-training and head are used.
    """

    name: str
    profile: Profile

    def jobs(self, data: Any, labels: Any, seed: int) -> list[Any]:
        """The `pre_trained` cells of some `Labels`, on one encoder of their own."""
        # Every variant is trained from its first step on, whatever others share.
        profile = self.profile.replaced("pre_training", common_steps=0)
        return [
            job_of("pre_trained", profile, data, seed, c, str(c.count), group=self.name)
            for c in labels
        ]


def measure_variants(
    variants: Sequence[Variant], data: PreparedData, options: Options
) -> dict[str, Any]:
    """Trains what is not finished of some variants, and gathers the results.

    Args:
        variants: List of `Variant` with different names.
        data: `PreparedData`.
        options: `Options`.

    Returns:
        dict from name to a dict with `image_loss` (text), `network` (dict),
        `parameters`, `steps`, `seconds`, `psnr_foreground_db` (dict from part to dB),
        `n_mpjpe_mm` (dict from number of labels to dict from part to mm) and
        `encoder` (`TrainedFolder`).

    Raises:
        DatasetError: If the training subjects have too few labels.
    """
    split, seed = data.load(), seed_of(options)
    counts = options.labels or (64, 640)
    labels = [smallest_budget(split, count) for count in counts]
    jobs = {v.name: v.jobs(data, labels, seed) for v in variants}
    cells = [job for of_variant in jobs.values() for job in of_variant]
    results = run_jobs(cells, options.folder, options.executor)
    return {
        variant.name: {
            **_gathered(variant, jobs[variant.name], results, split),
            "encoder": jobs[variant.name][0].after[0].trained(options.folder),
        }
        for variant in variants
    }


def seed_of(options: Any) -> Any:
    """The one seed of a study of variants."""
    return options.seeds[0] if options.seeds else 0


def origin_of(options: Any, split: Any) -> dict[Any, Any]:
    """Where a study's numbers come from, as the last columns of its CSV."""
    return {
        "dataset": split.name,
        "seed": seed_of(options),
        "commit": code_version(),
        "command": options.command,
    }


def heading(title: str, origin: Any) -> list[Any]:
    """The first paragraphs of a study's Markdown: title and `origin_of`."""
    return [
        f"# {title}: dataset {origin['dataset']}, seed {origin['seed']}",
        f"`{origin['command']}` (code {origin['commit']})",
    ]


def measured_rows(results: Any, baseline: dict[Any, Any], same: Any) -> list[Any]:
    """One dict for each variant, part and number of labels, for CSV.

    Args:
        results: List of dicts of `measure_variants`.
        baseline: dict from part to the N-MPJPE in mm of the mean pose.
        same: List of dicts of further columns, one for each result.
    """
    return [
        {
            **extra,
            "split": part,
            "labels": labels,
            "n_mpjpe_mm": errors[part],
            "mean_pose_n_mpjpe_mm": round(baseline[part], 2),
            "psnr_foreground_db": result["psnr_foreground_db"][part],
            "image_loss": result["image_loss"],
            "steps": result["steps"],
        }
        for result, extra in zip(results, same)
        for labels, errors in result["n_mpjpe_mm"].items()
        for part in errors
    ]


def measured_columns(results: Any, baseline: dict[Any, Any]) -> tuple[Any, ...]:
    """What was measured of each encoder and its heads, as text.

    Args:
        results: List of dicts of `measure_variants`.
        baseline: dict from part to the N-MPJPE in mm of the mean pose.

    Returns:
        `(titles, rows, means)`: list of column titles, list of lists of text in the
        order of `results`, and the list of text of the mean pose.
    """
    parts, counts = list(baseline), list(results[0]["n_mpjpe_mm"])
    titles = [f"foreground PSNR, dB, {part}" for part in parts]
    titles += [f"mm, {n} labels, {part}" for n in counts for part in parts]
    rows = []
    for result in results:
        errors = [result["n_mpjpe_mm"][n][part] for n in counts for part in parts]
        psnr = [f"{result['psnr_foreground_db'][part]:.2f}" for part in parts]
        rows.append([*psnr, *(f"{mm:.1f}" for mm in errors)])
    means = [f"{baseline[part]:.1f}" for part in parts] * len(counts)
    return titles, rows, [*(EMPTY for _ in parts), *means]


def part_levels(values: dict[str, float], name: str) -> tuple[Any, ...]:
    """Horizontal lines of a `Panel`, one for each measured part.

    Args:
        values: dict from part to the height of its line.
        name: What has these values, for the legend.
    """
    return tuple(
        (value, f"{name}, {part}", {"linestyle": PART_STYLES[part]})
        for part, value in values.items()
    )


def _gathered(variant, jobs, results, split):
    encoder = results[jobs[0].after[0]]
    head = new_pose_head(variant.profile.network)
    return {
        "image_loss": encoder["features"],
        "network": dataclasses.asdict(variant.profile.network),
        "parameters": encoder["parameters"] + head.count_params(),
        "steps": encoder["steps"],
        "seconds": encoder["train_seconds"],
        "psnr_foreground_db": {
            part: encoder["psnr_foreground_db"][part] for part in split.measured
        },
        "n_mpjpe_mm": {
            job.annotations: {
                part: round(results[job][part]["n_mpjpe_mm"], 2)
                for part in split.measured
            }
            for job in jobs
        },
    }
