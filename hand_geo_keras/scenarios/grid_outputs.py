"""Writes what a grid has found: CSV, table, figures and the report."""

from pathlib import Path

from hand_geo_keras.datasets.instant_folder import read_json
from hand_geo_keras.scenarios.grid_cases import draw_cases
from hand_geo_keras.scenarios.grid_encoders import load_view_synthesizer
from hand_geo_keras.scenarios.grid_evaluation import n_mpjpe_of_each
from hand_geo_keras.scenarios.grid_jobs import (
    CONFIGURATIONS,
    EncoderJob,
    cell_of,
    result_of,
    start_of,
)
from hand_geo_keras.scenarios.grid_novel_views import draw_novel_views
from hand_geo_keras.scenarios.label_budgets import TABLE_1
from hand_geo_keras.scenarios.pose_baselines import mean_pose
from hand_geo_keras.scenarios.results_table import (
    code_version,
    csv_text,
    markdown_table,
    result_rows,
    summarize,
    table_cells,
    write_text,
)
from hand_geo_keras.viewer.label_curves import save_label_curves
from hand_geo_keras.viewer.scenario_report import report_page


def write_outputs(grid, data, added=()):
    """Writes `results.csv`, `table1.md`, figures and `report.html`.

    Everything that the folder holds with the current settings is included, also
    cells of earlier calls.

    Args:
        grid: `Grid`.
        data: `GridDataset`.
        added: Results of further cells, see `read_results`. They are in `results.csv`,
            the table and Fig. 3; a cell that the folder holds is not replaced.
    """
    out_dir = Path(grid.out_dir)
    finished = finished_results(grid)
    results = joined_results(finished, added)
    encoders = _encoder_results(grid)
    features = next((r["features"] for r in encoders.values()), str(grid.features))
    rows = result_rows(results, grid.profile_name, data.name, features, code_version())
    write_text(out_dir / "results.csv", csv_text(rows))
    baseline = mean_pose_error(data)
    write_text(out_dir / "table1.md", _table_text(grid, data, results, baseline))
    save_label_curves(
        out_dir / "fig3.png",
        _points_of_ours(results),
        {
            name: [(b.annotations, b.paper_n_mpjpe_mm[name]) for b in TABLE_1]
            for name in TABLE_1[0].paper_n_mpjpe_mm
        },
        baseline,
    )
    best = min(finished, key=lambda result: result["test"]["n_mpjpe_mm"])
    figures = {"N-MPJPE over the number of annotated images": "fig3.png"}
    encoder = start_of(cell_of(best), grid) or _any_encoder(encoders)
    if encoder:
        synthesizer = load_view_synthesizer(encoder, grid)
        draw_novel_views(out_dir / "fig4.png", grid, data, synthesizer, best)
        figures["One picture, turned through a full circle"] = "fig4.png"
    draw_cases(out_dir / "cases.png", grid, data, best)
    figures[f"Best and worst cases of {_title(best)}"] = "cases.png"
    page = report_page(
        title=f"Scenario grid: profile {grid.profile_name}, dataset {data.name}",
        table=table_cells(results),
        figures={name: out_dir / file for name, file in figures.items()},
        results=finished,
        encoders=encoders,
        runs=read_json(out_dir / "runs.json").get("runs", []),
        facts={"mean pose, N-MPJPE in mm": f"{baseline:.1f}", "features": features},
    )
    write_text(out_dir / "report.html", page)


def finished_results(grid):
    """Results of all cells in the grid's folder that match its settings."""
    results = []
    for path in sorted(Path(grid.out_dir).glob("cells/*/job.json")):
        settings = read_json(path)["settings"]
        result = result_of(cell_of(settings), grid)
        if result is not None:
            results.append(result)
    return _in_order(results)


def joined_results(finished, added):
    """Results of a folder and of other machines, each cell once.

    Args:
        finished: List of `finished_results`.
        added: List of `read_results`, of which cells that are finished here or that
            stand further ahead are left out.

    Returns:
        List in the order of `finished_results`.
    """
    cells = {}
    for result in (*finished, *added):
        cells.setdefault(cell_of(result), result)
    return _in_order(cells.values())


def _in_order(results):
    return sorted(
        results,
        key=lambda result: (
            result["annotations"],
            CONFIGURATIONS.index(result["configuration"]),
            result["seed"],
        ),
    )


def mean_pose_error(data):
    """N-MPJPE in mm of the training labels' mean pose on the test subjects."""
    views = data.evaluation_views("test")
    pose = mean_pose(data.train, data.training_views(), views)
    valid = data.test.valid[data.test.instant_of_view[views]]
    return float(n_mpjpe_of_each(data.test.poses(views), pose, valid).mean())


def _encoder_results(grid):
    found = {}
    for path in sorted(Path(grid.out_dir).glob("encoders/*/job.json")):
        settings = read_json(path)["settings"]
        job = EncoderJob(settings["kind"], settings["seed"])
        result = result_of(job, grid)
        if result is not None:
            found[job] = result
    return found


def _any_encoder(encoders):
    return next(iter(encoders), None)


def _points_of_ours(results):
    """dict from configuration to `(annotations, mean, deviation)`."""
    counts = {result["budget"]: result["annotations"] for result in results}
    points = {}
    for (name, configuration), (mean, deviation, _) in summarize(results).items():
        points.setdefault(configuration, []).append((counts[name], mean, deviation))
    return points


def _title(result):
    return (
        f"{result['configuration']} with {result['annotations']} annotations "
        f"(N-MPJPE {result['test']['n_mpjpe_mm']:.1f} mm)"
    )


def _table_text(grid, data, results, baseline):
    images = len(data.evaluation_views("test"))
    subjects = ", ".join(data.subjects["test"])
    parts = [
        f"# N-MPJPE in mm: profile {grid.profile_name}, dataset {data.name}",
        markdown_table(*table_cells(results)),
        "Ours, mean ± standard deviation over seeds where there are several; in "
        "brackets the numbers of the paper, which were measured on other data. Best "
        f"of each row in bold. Measured on {images} images of {subjects}, never "
        f"trained or chosen on. The mean training pose has {baseline:.1f} mm.",
        "## Per finger",
        markdown_table(*finger_table(results)),
    ]
    return "\n\n".join(parts) + "\n"


def finger_table(results):
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
