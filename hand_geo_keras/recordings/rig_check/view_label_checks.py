"""Checks of 2D labels: what became of them, and whether they fit the cameras."""

from collections.abc import Iterator
from typing import Any

from hand_geo_keras.errors import LabelError
from hand_geo_keras.recordings.hand_problems import hand_problems
from hand_geo_keras.recordings.recording import Recording
from hand_geo_keras.recordings.rig_check.finding import Finding
from hand_geo_keras.recordings.view_labels.label_report import LabelReport, view_counts
from hand_geo_keras.recordings.view_labels.triangulate_labels import (
    diagnosis,
    triangulate_labels,
)

_DOUBTFUL, _MOST = 0.1, 0.5


def check_view_labels(
    recording: Recording, labels: Any, side: str = "right"
) -> Iterator[Any]:
    """Findings on 2D labels per view; none without them.

    Args:
        recording: `Recording`.
        labels: dict from camera name to `ViewLabels`, or None.
        side: `"right"` or `"left"`.
    """
    if not labels:
        return
    counts = [view_counts(name, view) for name, view in labels.items()]
    for count in counts:
        lost = LabelReport((count,)).mostly_dropped
        fix = "look at the reasons: most of its labels are not used." if lost else ""
        level = "error" if lost else "ok"
        yield Finding("2D labels", level, count.text(), fix)
    yield from _triangulation(recording, labels, side)


def _triangulation(recording, labels, side):
    pixels = {name: view.frames for name, view in labels.items()}
    try:
        hands, report = triangulate_labels(recording.cameras, pixels, side=side)
    except LabelError as reason:
        yield Finding("triangulation", "warning", str(reason), "label the same frames.")
        return
    problems = hand_problems([hand for entry in hands.values() for hand in entry])
    rejected = report.rejected_fraction
    message = (
        f"{rejected:.0%} of the joints labelled in two views contradict the cameras"
    )
    remedy = None
    if rejected > _DOUBTFUL or problems:
        remedy = diagnosis(recording, pixels, side=side)
    if remedy or rejected > _MOST:
        fix = remedy or "check the calibration, the cameras' names and crops."
        yield Finding("triangulation", "error", message, fix)
        return
    level = "warning" if rejected > _DOUBTFUL else "ok"
    fix = "check calibration, synchronisation and 2D labels." if level != "ok" else ""
    yield Finding("triangulation", level, message, fix)
    for problem in problems:
        yield Finding(problem.check, problem.level, problem.message, problem.fix)
