"""Writes what the grid of Table 1 has found: CSV, table, figures and the report."""

import csv
import dataclasses
from pathlib import Path
from typing import Any

from hand_geo_keras.datasets.instant_folder import read_json
from hand_geo_keras.datasets.split import Split
from hand_geo_keras.errors import DatasetError, WeightsError
from hand_geo_keras.evaluation import (
    METRICS,
    constant_articulation_errors,
    mean_pose_errors,
)
from hand_geo_keras.io import write_csv, write_text
from hand_geo_keras.preset_folders import shipped_presets
from hand_geo_keras.scenarios.figures import save_cases, save_novel_views
from hand_geo_keras.scenarios.report import ReportFigure, report_page
from hand_geo_keras.scenarios.report_text import curve_in_words, what_was_learned
from hand_geo_keras.scenarios.run_job import predicted_poses, result_of
from hand_geo_keras.scenarios.run_jobs import waves_of
from hand_geo_keras.scenarios.table import (
    markdown_table,
    metric_columns,
    summarize,
    table_rows,
)
from hand_geo_keras.studies import view_angle_curves
from hand_geo_keras.studies.label_budgets import TABLE_1
from hand_geo_keras.studies.options import Options
from hand_geo_keras.training.registry import ENTRIES
from hand_geo_keras.visualization.curves import Line, Panel, save_curves

COLUMNS = (
    "profile",
    "dataset",
    "seed",
    "budget",
    "annotations",
    "configuration",
    *METRICS,
    "train_seconds",
    "features",
    "precision",
    "commit",
)
_CURVES_TITLE = "N-MPJPE over the number of annotated images"
_CURVES_CAPTION = (
    "Solid: measured here, error bars are the std over seeds. Dashed: the paper, on "
    "other data. The grey lines are one constant articulation (left) and the mean "
    "training pose. N-MPJPE counts orientation and articulation together; what of it "
    "is articulation, PA-MPJPE tells (left)."
)
_VIEWS_TITLE = "One image, rotated through a full circle"
_VIEWS_CAPTION = (
    "Test subjects, never trained on; images at equal distances, not chosen by "
    "quality. The input is encoded once, its latent points are rotated about the "
    "vertical axis and decoded. What is right in the decoded views was learned from "
    "multi-view images without labels; a hand that stays a blur or does not rotate was "
    "not learned. The pose is the head's, from labels."
)
_BUDGETS = {budget.name: budget for budget in TABLE_1}


def write_outputs(
    options: Options, split: Split, finished: dict[Any, Any], added: Any = ()
) -> None:
    """Writes `results.csv`, `table1.md`, figures and `report.html`.

    Args:
        options: `Options`.
        split: `Split`.
        finished: dict from `Job` to result of all cells that the folder holds.
        added: Results of further cells, see `read_results`. They are in
            `results.csv`, the table and Fig. 3; a cell that is finished here is not
            replaced.
    """
    out_dir = options.folder
    results = _joined([*finished.values(), *added])
    encoders = [
        result_of(job, out_dir)
        for wave in waves_of(finished)  # type: ignore[arg-type]
        for job in wave
        if not job.budget
    ]
    features = next((r["features"] for r in encoders), Path(str(options.features)).name)
    same = {"profile": options.profile, "dataset": split.name}
    # Cells keep what they say of their code, added ones the weights of their features.
    here = {"features": features, "commit": ""}
    rows = [{**same, **here, **_without_none(r), **metric_columns(r)} for r in results]
    write_csv(out_dir / "results.csv", rows, COLUMNS)
    baseline = mean_pose_errors(split)["test"]
    constant = constant_articulation_errors(split)["test"]
    text = _text(options, split, results, baseline, constant)
    write_text(out_dir / "table1.md", text)
    no_curve = curve_in_words(result["annotations"] for result in results)
    figures = []
    if no_curve:
        (out_dir / "fig3.png").unlink(missing_ok=True)
    else:
        save_label_curves(out_dir / "fig3.png", results, baseline, constant)
        figures.append(
            ReportFigure(_CURVES_TITLE, out_dir / "fig3.png", _CURVES_CAPTION)
        )
    angles = out_dir / "view_angles.png"
    if view_angle_curves.save_view_angle_curves(angles, list(finished), out_dir):
        figures.append(
            ReportFigure(view_angle_curves.TITLE, angles, view_angle_curves.CAPTION)
        )
    figures += _figures_of_best(options, finished)
    best = min(results, key=lambda result: result["test"]["n_mpjpe_mm"])
    page = report_page(
        title=f"Table 1: profile {options.profile}, dataset {split.name}",
        tables={
            "N-MPJPE (mm)": table1(results),
            "PA-MPJPE (mm)": table1(results, "pa_mpjpe_mm"),
        },
        figures=figures,
        results=_joined(finished.values()),
        encoders=encoders,
        runs=read_json(out_dir / "runs.json").get("runs", []),
        metadata={
            "mean pose, N-MPJPE in mm": f"{baseline:.1f}",
            "one constant articulation, PA-MPJPE in mm": f"{constant:.1f}",
            "features": features,
        },
        texts=[
            *what_was_learned(best, baseline, constant),
            *([no_curve] if no_curve else []),
        ],
    )
    write_text(out_dir / "report.html", page)


def read_results(path: str | Path, profile: Any, dataset: Any) -> list[Any]:
    """Reads a `results.csv`, as it was written on another machine.

    Args:
        path: The file.
        profile, dataset: Names that its rows must have.

    Returns:
        List of dicts like those of `run_job`, whose `test` has the `METRICS` only.

    Raises:
        DatasetError: If the file is missing or empty, lacks a column, holds something
            that is no number, or is of another profile or dataset.
    """
    try:
        with open(path, newline="") as file:
            results = [_result_of_row(row) for row in csv.DictReader(file)]
        if not results:
            raise ValueError("no rows")
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read ({error.strerror}).") from error
    except (KeyError, TypeError, ValueError) as error:
        raise DatasetError(
            f"{path}: is not a results.csv of run_scenarios ({error!r}); its columns "
            f"are {', '.join(COLUMNS)}."
        ) from error
    for result in results:
        if (result["profile"], result["dataset"]) != (profile, dataset):
            raise DatasetError(
                f"{path}: holds results of profile {result['profile']!r} on "
                f"{result['dataset']!r}, which do not belong into a table of "
                f"{profile!r} on {dataset!r}."
            )
    return results


def table1(results: Any, metric: str = "n_mpjpe_mm") -> tuple[Any, ...]:
    """Table 1 as text: ours, and the paper's number in brackets.

    Args:
        results: List of results of `run_job`.
        metric: Name in `METRICS`; the paper has N-MPJPE only.

    Returns:
        `(header, rows)`: list of column titles and list of lists of text; the best
        configuration of each row is in `**`.
    """
    summary = summarize(results, metric)
    counts = {result["budget"]: result["annotations"] for result in results}
    used = [name for name in ENTRIES if any(key[1] == name for key in summary)]

    def paper(budget, configuration):
        error = _BUDGETS[budget].paper_n_mpjpe_mm.get(configuration)
        return f" ({error:.1f})" if error and metric == "n_mpjpe_mm" else ""

    cells = table_rows(summary, counts, used, paper)
    titles = [[f"{counts[n]} ({n})", _BUDGETS[n].describe()] for n in counts]
    rows = [title + row for title, row in zip(titles, cells)]
    return ["annotations (paper)", "annotated", *used], rows


def save_label_curves(
    path: str | Path, results: Any, mean_pose_mm: Any, articulation_mm: float
) -> None:
    """Fig. 3: N-MPJPE over annotations, ours with error bars, the paper's dashed.

    Beside it PA-MPJPE, which the paper does not give.

    Args:
        path: PNG file to write.
        results: List of results of `run_job`.
        mean_pose_mm: N-MPJPE of the mean training pose in mm.
        articulation_mm: PA-MPJPE of one constant articulation in mm.
    """
    counts = {result["budget"]: result["annotations"] for result in results}
    lines, paper = [], {"linestyle": "--", "linewidth": 1, "alpha": 0.6}
    for name in TABLE_1[0].paper_n_mpjpe_mm:
        points = [(b.annotations, b.paper_n_mpjpe_mm[name]) for b in TABLE_1]
        lines.append(Line(points, None, {"color": ENTRIES[name].color, **paper}))
    lines[0] = dataclasses.replace(lines[0], label="the paper (dashed), on its data")
    articulation = _panel(
        _curves(results, "pa_mpjpe_mm", counts),
        "PA-MPJPE",
        (articulation_mm, "one constant articulation"),
    )
    lines += _curves(results, "n_mpjpe_mm", counts)
    pose = _panel(lines, "N-MPJPE", (mean_pose_mm, "mean pose"))
    save_curves(path, [articulation, pose], width=6)


def _panel(lines, metric, level):
    thin = {"color": "0.7", "linewidth": 0.8}
    text = f"{metric} (mm), unseen subjects"
    return Panel(lines, "annotated images", text, "log", ((*level, thin),))


def _curves(results, metric, counts):
    """A `Line` for each configuration."""
    points = {}
    for (budget, name), (mean, std, _) in summarize(results, metric).items():
        points.setdefault(name, []).append((counts[budget], mean, std))
    return [
        Line(
            of_name,
            name.replace("_", " "),
            {"color": ENTRIES[name].color, "marker": "o"},
        )
        for name, of_name in points.items()
    ]


def _figures_of_best(options, finished):
    """Fig. 4 and cases of the cell with the lowest error; list of `ReportFigure`."""
    job = min(finished, key=lambda job: finished[job]["test"]["n_mpjpe_mm"])
    test = job.data.load().measured["test"]
    poses = predicted_poses(job, options.folder)
    what = f"{job.configuration} with {job.annotations} annotations"
    figures = []
    synthesizer = _synthesizer_before(job, options.folder)
    if synthesizer is not None:
        title = f"Test subjects rotated about the vertical axis; poses of {what}"
        save_novel_views(options.folder / "fig4.png", test, synthesizer, poses, title)
        path = options.folder / "fig4.png"
        figures.append(ReportFigure(_VIEWS_TITLE, path, _VIEWS_CAPTION, True))
    else:
        (options.folder / "fig4.png").unlink(missing_ok=True)
    save_cases(options.folder / "cases.png", test, poses)
    error = finished[job]["test"]["n_mpjpe_mm"]
    caption = (
        f"{what}, N-MPJPE {error:.1f} mm on average: its eight best and worst "
        "images, of different instants. Predicted in colour, true in white; both have "
        "lines of one width, so where they agree only the colour is seen."
    )
    title, path = "Best and worst cases", options.folder / "cases.png"
    return [*figures, ReportFigure(title, path, caption)]


def _synthesizer_before(job, folder):
    """That of what a cell starts from; None if it starts from no view synthesis."""
    if not job.after:
        return None
    try:
        return job.after[0].trained(folder).view_synthesizer()
    except WeightsError:  # a preset without a decoder
        return None


def _without_none(result):
    return {name: value for name, value in result.items() if value is not None}


def _joined(results):
    """Each cell once, the first of it; smallest budgets first."""
    cells, order = {}, list(ENTRIES)
    for result in results:
        key = (
            result["annotations"],
            order.index(result["configuration"]),
            result["seed"],
        )
        cells.setdefault((*key, result["budget"]), result)
    return [cells[key] for key in sorted(cells)]


def _result_of_row(row):
    row = {"precision": "float32", **row}  # files of before have no such column
    result = {name: row[name] for name in COLUMNS}
    for name in ("seed", "annotations"):
        result[name] = int(result[name])
    result["train_seconds"] = float(result["train_seconds"])
    result["test"] = {name: float(result.pop(name)) for name in METRICS}
    return result


def _text(options, split, results, baseline, constant):
    images, subjects = len(split.measured["test"].views), split.subjects["test"]
    parts = [
        f"# N-MPJPE in mm: profile {options.profile}, dataset {split.name}",
        markdown_table(*table1(results)),
        "Ours, mean ± std over seeds where there are several; in "
        "brackets the numbers of the paper, which were measured on other data. Best "
        f"of each row in bold. Measured on {images} images of {', '.join(subjects)}, "
        f"never trained or chosen on. The mean training pose has {baseline:.1f} mm.",
        *_about_preset(options, results),
        "## PA-MPJPE in mm",
        markdown_table(*table1(results, "pa_mpjpe_mm")),
        "PA-MPJPE also takes out the rotation, so it is about the articulation of the "
        "fingers; never compare it with N-MPJPE. One constant articulation for all "
        f"images has {constant:.1f} mm: the line to beat.",
        "## Per finger",
        markdown_table(*finger_table(results)),
    ]
    return "\n\n".join(parts) + "\n"


def _about_preset(options, results):
    """What columns know that start from a preset; list of paragraphs."""
    names = {result["configuration"] for result in results}
    of_preset = [name for name in sorted(names) if ENTRIES[name].needs_preset]
    if not of_preset or not options.preset:
        return []
    learned = "what it was trained on before, and look at crops of its size"
    if options.preset in shipped_presets():
        learned = "other rendered hands and their joints, and look at larger crops"
    return [
        f"{' and '.join(of_preset)} start from the model "
        f"`{Path(options.preset).name}`, which has learned from {learned}; all other "
        "columns start from nothing. zero_shot has seen no label of this dataset, "
        "whatever its row."
    ]


def finger_table(results: Any) -> tuple[Any, ...]:
    """N-MPJPE per finger of every cell as `(header, rows)` of text."""
    results = [r for r in results if "per_finger_n_mpjpe_mm" in r["test"]]
    fingers = list(results[0]["test"]["per_finger_n_mpjpe_mm"])
    header = ["annotations", "configuration", "seed", *fingers]
    rows = [
        [
            *(str(result[key]) for key in ("annotations", "configuration", "seed")),
            *(f"{result['test']['per_finger_n_mpjpe_mm'][f]:.1f}" for f in fingers),
        ]
        for result in results
    ]
    return header, rows
