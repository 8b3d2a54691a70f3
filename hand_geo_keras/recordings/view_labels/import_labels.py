"""Puts foreign labels into a rig as its `hands3d.json`."""

from pathlib import Path
from typing import Any

from hand_geo_keras.errors import LabelError
from hand_geo_keras.recordings.hand_problems import hand_problems
from hand_geo_keras.recordings.hands_in_view import refuse_hands_out_of_view
from hand_geo_keras.recordings.open_recording import open_recording
from hand_geo_keras.recordings.rig import RigRecording
from hand_geo_keras.recordings.rig_labels import read_hands3d
from hand_geo_keras.recordings.view_labels.anipose_3d import (
    is_anipose_3d,
    read_anipose_3d,
)
from hand_geo_keras.recordings.view_labels.label_choice import LabelChoice
from hand_geo_keras.recordings.view_labels.label_report import (
    LabelCounts,
    LabelReport,
    view_counts,
)
from hand_geo_keras.recordings.view_labels.read_view_labels import read_view_labels
from hand_geo_keras.recordings.view_labels.triangulate_labels import (
    diagnosis,
    triangulate_labels,
)
from hand_geo_keras.recordings.write_rig import write_hands3d

_DOUBTFUL, _MAX_REJECTED = 0.1, 0.5
_GENERAL_ADVICE = (
    "Make sure that each camera has its own labels, made on whole images of the "
    "calibrated size (not cropped or rotated), that the videos start at the same "
    "instant, and that R and t map world to camera."
)


def import_labels(
    folder: str | Path,
    labels: Any,
    side: str = "right",
    subject: str | None = None,
    max_error_px: float = 10.0,
    min_likelihood: float = 0.5,
    overwrite: bool = False,
    check_shape: bool = True,
    choice: LabelChoice | None = None,
) -> LabelReport:
    """Writes a rig's `hands3d.json` from 3D labels or from 2D labels per view.

    Nothing is written where most joints contradict the calibration, lie behind a
    camera, or where the hands have the wrong side, size or order of joints: the error
    says what would make them fit.

    Args:
        folder: Folder of a plain rig.
        labels: A file with 3D labels (in the layout of `hands3d.json`, or Anipose's
            CSV), or a dict from camera name to a file with 2D labels (see
            `label_formats`).
        side: `"right"` or `"left"`, for labels that do not say; see `LabelChoice`.
        subject: Name of the person; the folder's name if None.
        max_error_px: See `triangulate_labels`.
        min_likelihood: See `LabelChoice`.
        overwrite: Whether to replace labels that are there already.
        check_shape: Whether hands of an impossible shape are refused; only warned of
            otherwise.
        choice: `LabelChoice` with further choices; made of `side` and
            `min_likelihood` if None.

    Returns:
        `LabelReport`.

    Raises:
        LabelError: If labels are malformed, do not fit, or are there already.

    Example:
        ```python
        report = import_labels("my_rig", {"cam0": "cam0.csv", "cam1": "cam1.csv"})
        print(report.text())
        ```
    """
    folder = Path(folder)
    target = folder / "hands3d.json"
    if target.exists() and not overwrite:
        raise LabelError(
            f"{target}: the rig has 3D labels already; ask for overwriting or move "
            "the file away."
        )
    choice = choice or LabelChoice(side=side, min_likelihood=min_likelihood)
    recording = open_recording(folder, labels=False)
    if not isinstance(recording, RigRecording):
        raise LabelError(
            f"{folder}: labels can be imported into a plain rig only; a CMU Panoptic "
            "tree has them in hdHand3d."
        )
    name = subject or recording.default_subject
    if isinstance(labels, dict):
        hands, report = _from_views(recording, labels, choice, name, max_error_px)
    else:
        hands, report = _from_3d(recording, Path(labels), choice, name)
    everyone = [hand for entries in hands.values() for hand in entries]
    refuse_hands_out_of_view(recording.cameras, everyone, folder)
    warnings = _checked_shapes(folder, everyone, check_shape)
    write_hands3d(target, hands)
    return LabelReport(report.counts, report.triangulation, warnings)


def _from_views(recording, files, choice, subject, max_error_px):
    views = read_view_labels(files, recording, choice)
    pixels = {name: view.frames for name, view in views.items()}
    hands, report = triangulate_labels(
        recording.cameras, pixels, max_error_px, choice.side, subject
    )
    _refuse_contradictions(recording, pixels, hands, report, max_error_px, choice.side)
    counts = tuple(view_counts(name, view) for name, view in views.items())
    return hands, LabelReport(counts, report)


def _refuse_contradictions(recording, pixels, hands, report, max_error_px, side):
    """Raises where most labels do not fit, or a remedy makes them fit better."""
    all_hands = [hand for entries in hands.values() for hand in entries]
    doubtful = report.rejected_fraction > _DOUBTFUL or hand_problems(all_hands)
    if not doubtful and hands:
        return
    remedy = diagnosis(recording, pixels, max_error_px, side)
    most = report.rejected_fraction > _MAX_REJECTED or not hands
    if not most and remedy is None:
        return
    raise LabelError(
        f"{recording.path}: {report.rejected_fraction:.0%} of the joints labelled in "
        f"two views contradict the calibration (more than {max_error_px:g} px off, or "
        f"behind a camera), so nothing was written. {remedy or _GENERAL_ADVICE} "
        f"{report.text()}"
    )


def _from_3d(recording, path, choice, subject):
    if is_anipose_3d(path):
        hands, dropped = read_anipose_3d(path, recording.mm_per_unit, subject, choice)
    elif path.suffix.lower() == ".json":
        hands, dropped = read_hands3d(path, subject, choice.joint_order), {}
        hands = _counted_from_zero(hands, choice.first_frame, path)
    else:
        raise LabelError(
            f"{path}: holds no 3D labels; give hands3d.json or Anipose's CSV with "
            "columns wrist_x, wrist_y, wrist_z, ..., or <camera>=<file> per camera for "
            "2D labels."
        )
    read = sum(map(len, hands.values())) + sum(dropped.values())
    inside = {frame: h for frame, h in hands.items() if frame < recording.num_frames}
    if not inside:
        raise LabelError(
            f"{path}: none of its {read} labels lies in the {recording.num_frames} "
            "frames of the recording."
        )
    late = sum(len(hands[frame]) for frame in hands.keys() - inside.keys())
    dropped = {**dropped, "outside the recording": late}
    used = sum(map(len, inside.values()))
    return inside, LabelReport((LabelCounts(path.name, read, used, dropped),))


def _counted_from_zero(hands, first_frame, path):
    if hands and min(hands) < first_frame:
        raise LabelError(
            f"{path}: has the frame {min(hands)}, but frames were said to begin at "
            f"{first_frame}; correct first_frame (--first_frame)."
        )
    return {frame - first_frame: entries for frame, entries in hands.items()}


def _checked_shapes(folder, hands, check_shape):
    """Sentences on implausible hands; refuses impossible ones."""
    problems = hand_problems(hands)
    wrong = [problem for problem in problems if problem.level == "error"]
    if wrong and check_shape:
        raise LabelError(
            f"{folder}: {wrong[0].message}, so nothing was written; {wrong[0].fix} If "
            "the labels are right as they are, switch off check_shape "
            "(--no_shape_check)."
        )
    return tuple(f"{problem.message}; {problem.fix}" for problem in problems)
