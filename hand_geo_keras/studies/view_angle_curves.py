"""How the error of Table 1's columns depends on the side from which a hand is seen."""

from pathlib import Path

from hand_geo_keras.evaluation.view_angles import errors_by_view_angle
from hand_geo_keras.scenarios.job import Job
from hand_geo_keras.scenarios.run_job import predicted_poses
from hand_geo_keras.training.registry import ENTRIES
from hand_geo_keras.visualization.curves import Line, Panel, save_curves

TITLE = "N-MPJPE over the side from which the hand is seen"
CAPTION = (
    "Angle between the palm's normal and the direction to the camera: 0 degrees show "
    "the palm, 90 the hand edge-on, 180 its back. Images of the test subjects, 20 "
    "degrees a point; angles that fewer than 20 images have are left out."
)


def save_view_angle_curves(path: str | Path, jobs: list[Job], out_dir: Path) -> bool:
    """Plots N-MPJPE over the view angle, for the fewest and the most labels.

    Args:
        path: PNG file to write.
        jobs: Finished cells; of each configuration the first seed's is shown.
        out_dir: Folder of the run.

    Returns:
        Whether there was anything to plot: with few test images there is not.
    """
    counts = sorted({job.annotations for job in jobs})
    panels = []
    for count in counts if len(counts) < 2 else (counts[0], counts[-1]):
        lines = [_line(job, out_dir) for job in _first_seeds(jobs, count)]
        lines = [line for line in lines if line.points]
        if lines:
            panels.append(_panel(lines, count))
    if panels:
        save_curves(path, panels, width=6)
    else:
        Path(path).unlink(missing_ok=True)
    return bool(panels)


def _first_seeds(jobs, count):
    """The cell of each configuration with so many annotations, in the table's order."""
    cells = {}
    for job in sorted(jobs, key=lambda job: job.seed):
        if job.annotations == count:
            cells.setdefault(job.configuration, job)
    return [cells[name] for name in ENTRIES if name in cells]


def _line(job, out_dir):
    test = job.data.load().measured["test"]
    found = errors_by_view_angle(test, predicted_poses(job, out_dir))
    return Line(
        [(error.degrees, error.n_mpjpe_mm) for error in found],
        job.configuration.replace("_", " "),
        {"color": ENTRIES[job.configuration].color, "marker": "o"},
    )


def _panel(lines, count):
    return Panel(
        lines,
        f"degrees between palm and camera, {count} annotated images",
        "N-MPJPE (mm), unseen subjects",
        "linear",
        ticks=list(range(0, 181, 30)),
    )
