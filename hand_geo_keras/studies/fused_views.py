r"""Pose error of one hand against the number of views that are fused.

    hand-geo scenarios --study=fused_views --preset=hand_128 \\
        --dome=runs/full/data/synthetic_full_128

Takes a trained model and a prepared dataset, predicts every test view by itself, fuses
random subsets of the views of each instant, and writes fused_views.csv, .md and .png.
`hand_128` has 9.0 mm with one view and 3.8 mm with eight.
"""

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from hand_geo_keras.datasets import Part, open_prepared
from hand_geo_keras.datasets.split import Split
from hand_geo_keras.errors import DatasetError
from hand_geo_keras.evaluation import (
    encode_views,
    hand_places,
    n_mpjpe_of_each,
    poses_from_latents,
)
from hand_geo_keras.io import write_csv, write_text
from hand_geo_keras.models import PoseEstimator
from hand_geo_keras.prediction import (
    fuse_latent_points,
    fuse_views,
    learn_view_precision,
)
from hand_geo_keras.prediction.pose_model import crop_size_of
from hand_geo_keras.scenarios.code_version import code_version
from hand_geo_keras.scenarios.table import markdown_table
from hand_geo_keras.studies.options import Options
from hand_geo_keras.training.trained import Preset
from hand_geo_keras.visualization.curves import Line, Panel, save_curves

USES = ("out_dir", "seeds", "preset", "dome", "views", "subsets")
FILES = ("fused_views.md", "fused_views.csv", "fused_views.png")
# Ways to fuse, then baselines that look at one of the views only.
METHODS = {
    "mean": "mean of the poses",
    "precision": "poses weighted by learned precision",
    "latents": "mean of the latent points",
    "best_camera": "single view: best camera on validation",
    "best_view": "single view: best one, known from the truth",
}
COLUMNS = (
    *("dataset", "model", "method", "views", "n_mpjpe_mm", "low_mm", "high_mm"),
    *("std_over_subsets_mm", "instants", "subsets", "commit"),
)
_STYLES = {
    "mean": {"color": "tab:blue"},
    "precision": {"color": "tab:green"},
    "latents": {"color": "tab:orange"},
    "best_camera": {"color": "0.55", "linestyle": "--"},
    "best_view": {"color": "0.25", "linestyle": ":"},
}
_RESAMPLES = 1000
_DIGITS = 3


def run(options: Options) -> Any:
    """Measures a preset on a prepared dataset and writes table and figure.

    Args:
        options: `Options`.

    Returns:
        The table as Markdown text.

    Raises:
        HandGeoError: If preset or dataset cannot be used.
    """
    preset = Preset.find(options.preset)  # type: ignore[arg-type]
    model, in_crop = preset.pose_estimator(), preset.view_synthesizer().points_in_crop
    split = open_prepared(options.dome).load()  # type: ignore[arg-type]
    seed = options.seeds[0] if options.seeds else 0
    rows = measure_fused_views(
        model, split, options.views, options.subsets, seed, in_crop
    )
    return write_outputs(options.folder, rows, split.name, Path(options.preset).name)  # type: ignore[arg-type]


@dataclasses.dataclass(frozen=True, eq=False)
class ViewPredictions:
    """What a model predicts for all measured views of a part, view by view.

    Args:
        part: `Part`.
        latents: `[K, N, 3]` float32 latent points.
        poses: `[K, 21, 3]` float32 poses in mm, virtual-camera frames.
        errors: `[K]` N-MPJPE in mm of each view by itself.
        places: dict of `hand_places` of the views.
    """

    part: Part
    latents: np.ndarray
    poses: np.ndarray
    errors: np.ndarray
    places: dict

    def of_instants(self, least: int) -> dict[Any, Any]:
        """Positions in `part.views` of each instant that at least so many views see.

        Returns:
            dict from instant to an int array.
        """
        instants = self.part.pool.instant_of_view[self.part.views]
        return {
            int(instant): np.flatnonzero(instants == instant)
            for instant in np.unique(instants)
            if (instants == instant).sum() >= least
        }


def predict_part(model: Any, part: Any) -> ViewPredictions:
    """Runs a `PoseEstimator` on the measured views of a `Part`.

    Raises:
        DatasetError: If the crops are of another size than the model's.
    """
    if part.pool.crop_size != crop_size_of(model):
        raise DatasetError(
            f"The dataset holds crops of {part.pool.crop_size} px but the model takes "
            f"{crop_size_of(model)} px; prepare it with that crop size"
        )
    latents = encode_views(model, part.pool, part.views)
    poses = poses_from_latents(model, latents)
    errors = n_mpjpe_of_each(part.poses, poses, part.valid)
    places = hand_places(part.pool, part.views)
    return ViewPredictions(part, latents, poses, errors, places)


def measure_fused_views(
    model: PoseEstimator,
    split: Split,
    counts: Any = (1, 2, 4, 8),
    subsets: int = 12,
    seed: int = 0,
    points_in_crop: bool = False,
    progress: bool = True,
) -> list[Any]:
    """N-MPJPE of fused poses in the world's axes, over random subsets of the views.

    Every test instant that enough cameras see is measured with each number of views,
    on the same instants for all numbers. The precision of a view and the best camera
    are learned on the validation subjects.

    Args:
        model: `PoseEstimator`.
        split: `Split`.
        counts: Numbers of views; those that no test instant has are left out.
        subsets: Most random subsets of the views of each instant and count.
        seed: Seed of the subsets and of the error bars.
        points_in_crop: Whether the model's latent points are positions in the crop,
            as its `ViewSynthesizer` knows.
        progress: Whether to show a progress bar.

    Returns:
        List of dicts with `method` (of `METHODS`), `views`, `n_mpjpe_mm` and its
        95 % limits `low_mm` and `high_mm` (bootstrap over instants),
        `std_over_subsets_mm` (which cameras one happens to have), `instants` and
        `subsets`.

    Raises:
        DatasetError: If there is no validation subject, or no count can be measured.
    """
    if "validation" not in split.measured:
        raise DatasetError(
            f"Dataset {split.name!r} has no validation subject to learn the precision "
            "of a view on; name one in its splits.json"
        )
    learned = _learn(predict_part(model, split.measured["validation"]))
    test = predict_part(model, split.measured["test"])
    counts = measurable_counts(test.part, counts)
    positions = test.of_instants(max(counts))
    rng = np.random.default_rng(seed)
    errors = {}  # (method, count) -> [instants, subsets]
    for instant in tqdm(positions, "Fusing", unit="instant", disable=not progress):
        for count in counts:
            chosen = view_subsets(len(positions[instant]), count, subsets, rng)
            of_subsets = [
                _subset_errors(  # type: ignore[call-arg]
                    model, test, positions[instant][subset], *learned, points_in_crop
                )
                for subset in chosen
            ]
            for method in METHODS:
                values = [of_subset[method] for of_subset in of_subsets]
                errors.setdefault((method, count), []).append(values)
    return [
        {"method": method, "views": count, **_summary(values, rng)}
        for (method, count), values in errors.items()
    ]


def view_subsets(
    available: Any, count: int, most: int, rng: np.random.Generator
) -> list[Any]:
    """Different random subsets of the views of one instant.

    Args:
        available: Number of views V.
        count: Size of each subset.
        most: Largest number of subsets.
        rng: `numpy.random.Generator`.

    Returns:
        List of ascending int arrays `[count]`; all subsets where there are no more
        than `most`.
    """
    wanted = min(most, math.comb(available, count))
    found = {}
    while len(found) < wanted:
        subset = np.sort(rng.choice(available, count, replace=False))
        found.setdefault(tuple(subset), subset)
    return list(found.values())


def measurable_counts(part: Any, counts: Any) -> Any:
    """The ascending numbers of views that some instant of a part has.

    Raises:
        DatasetError: If none is left.
    """
    most = np.bincount(part.pool.instant_of_view[part.views]).max()
    usable = sorted({count for count in counts if 1 <= count <= most})
    if not usable:
        raise DatasetError(
            f"No test instant has as many views as asked for; it has at most {most}. "
            f"Received: counts={tuple(counts)}"
        )
    return usable


def _learn(seen):
    """Precision of a view and mean error of each camera, of validation views."""
    truth = seen.part.poses.astype(np.float64)
    truth[~seen.part.valid] = np.nan
    cameras = seen.part.pool.cameras[seen.part.views]
    errors = {name: seen.errors[cameras == name].mean() for name in np.unique(cameras)}
    return learn_view_precision(seen.poses, truth), errors


def _subset_errors(model, seen, chosen, precision, camera_errors, points_in_crop):
    """dict from method to the N-MPJPE in mm of one subset of an instant's views."""
    pool, views = seen.part.pool, seen.part.views[chosen]
    poses, rotations = seen.poses[chosen], pool.rotations[views]
    places = seen.places.values() if points_in_crop else ()
    latents = seen.latents[chosen]
    fused = {
        "mean": fuse_views(poses, rotations),
        "precision": fuse_views(poses, rotations, precision=precision),
        "latents": fuse_latent_points(
            model, latents, rotations, *(value[chosen] for value in places)
        ),
    }
    instant = pool.instant_of_view[views[0]]
    truth = pool.joints[instant] - pool.joints[instant, 0]
    valid = np.broadcast_to(pool.valid[instant], (len(fused), len(truth)))
    world = n_mpjpe_of_each(truth[None], np.stack(list(fused.values())), valid)
    alone = seen.errors[chosen]
    expected = [camera_errors.get(name, np.inf) for name in pool.cameras[views]]
    return {
        **dict(zip(fused, world)),
        "best_camera": alone[np.argmin(expected)],
        "best_view": alone.min(),
    }


def _summary(values, rng):
    """Mean and error bars of errors `[instants, subsets]`."""
    values = np.asarray(values)
    of_instants = values.mean(1)
    chosen = rng.integers(0, len(values), (_RESAMPLES, len(values)))
    low, high = np.percentile(of_instants[chosen].mean(1), [2.5, 97.5])
    return {
        "n_mpjpe_mm": float(of_instants.mean()),
        "low_mm": float(low),
        "high_mm": float(high),
        "std_over_subsets_mm": float(values.std(1).mean()),
        "instants": len(values),
        "subsets": values.shape[1],
    }


def write_outputs(out_dir: Path, rows: Any, dataset: Any, model_name: str) -> Any:
    """Writes `fused_views.csv`, `fused_views.md` and `fused_views.png`.

    Args:
        out_dir: `pathlib.Path` of the folder to write to.
        rows: Rows of `measure_fused_views`.
        dataset: Name of the dataset.
        model_name: Name of the model.

    Returns:
        The table as Markdown text.
    """
    same = {"dataset": dataset, "model": model_name, "commit": code_version()}
    rounded = [
        same
        | {n: round(v, _DIGITS) if isinstance(v, float) else v for n, v in row.items()}
        for row in rows
    ]
    write_csv(out_dir / "fused_views.csv", rounded, COLUMNS)
    title = (
        f"{model_name} on {dataset}: {rows[0]['instants']} instants of unseen subjects"
    )
    save_curve(out_dir / "fused_views.png", rows, title)
    text = fused_views_text(rows, dataset, model_name)
    write_text(out_dir / "fused_views.md", text)
    return text


def save_curve(path: str | Path, rows: Any, title: str) -> None:
    """Plots N-MPJPE over the number of views with 95 % error bars."""
    lines = []
    for number, (method, label) in enumerate(METHODS.items()):
        # Error bars of different methods do not hide each other.
        aside = 1 + 0.018 * (number - (len(METHODS) - 1) / 2)
        points = [
            (
                row["views"] * aside,
                *(row[k] for k in ("n_mpjpe_mm", "low_mm", "high_mm")),
            )
            for row in rows
            if row["method"] == method
        ]
        lines.append(Line(points, label, {"marker": "o", **_STYLES[method]}))
    ticks = sorted({row["views"] for row in rows})
    panel = Panel(
        lines, "views of the instant", "N-MPJPE (mm), world's axes", "log2", ticks=ticks
    )
    save_curves(path, [panel], title)


def fused_views_text(rows: Any, dataset: Any, model_name: str) -> Any:
    """The table of errors and what it means, as Markdown text.

    Args are those of `write_outputs`.
    """
    counts = sorted({row["views"] for row in rows})
    found = {(row["method"], row["views"]): row for row in rows}
    header = ["N-MPJPE in mm", *(_views(count) for count in counts)]
    table = [
        [title, *(_cell(found[method, count]) for count in counts)]
        for method, title in METHODS.items()
    ]
    spread = [
        "± between subsets (mean of the poses)",
        *(f"{found['mean', count]['std_over_subsets_mm']:.1f}" for count in counts),
    ]
    parts = [
        f"# Fused views: {model_name} on {dataset}",
        markdown_table(header, [*table, spread]),
        f"Measured on {rows[0]['instants']} instants of the test subjects, the same "
        "for every number of views, in the world's axes. In brackets the 95 % limits "
        "of a bootstrap over instants. Precision and best camera were learned on the "
        "validation subjects; the last single view is chosen by the truth, so that no "
        "choice of one view can do better.",
        _verdict(found, counts),
    ]
    return "\n\n".join(parts) + "\n"


def _views(count):
    return "1 view" if count == 1 else f"{count} views"


def _cell(row):
    return f"{row['n_mpjpe_mm']:.1f} ({row['low_mm']:.1f}–{row['high_mm']:.1f})"


def _verdict(found, counts):
    fusing = ("mean", "precision", "latents")
    single = found["mean", counts[0]]["n_mpjpe_mm"]
    best = min(fusing, key=lambda method: found[method, counts[-1]]["n_mpjpe_mm"])
    error = found[best, counts[-1]]["n_mpjpe_mm"]
    return (
        f"{_views(counts[0]).capitalize()}: {single:.1f} mm. "
        f"{_views(counts[-1]).capitalize()}, fused best: {error:.1f} mm "
        f"({error / single - 1:+.0%}, {METHODS[best]})."
    )
