"""Hands and subjects of a CMU Panoptic tree."""

from pathlib import Path
from typing import Any

import numpy as np

from hand_geo_keras.errors import LabelError
from hand_geo_keras.geometry.skeleton import NUM_JOINTS
from hand_geo_keras.recordings.recording import Hand
from hand_geo_keras.recordings.text_files import read_json
from hand_geo_keras.recordings.text_files.numbers import number_array

_UNTRACKED_ID = -1


def parse_hands(
    path: Path, frame: int, subjects: "PanopticSubjects", mm: Any
) -> tuple[tuple[Hand, ...], int]:
    """Reads one `handRecon3D_hd%08d.json`.

    Either hand of a person may be absent, and people without hands are normal.

    Args:
        path: `pathlib.Path` of the file.
        frame: 0-based frame index, to look up subjects.
        subjects: `PanopticSubjects`.
        mm: Length of the file's unit in mm.

    Returns:
        tuple of `Hand`, and the number of people left out for having id -1.

    Raises:
        LabelError: If the file is half-written or has other fields.
    """
    people = read_json(path, LabelError).get("people")
    if not isinstance(people, list) or not all(isinstance(p, dict) for p in people):
        raise LabelError(
            f"{path}: field 'people' must be a list of objects; download it again."
        )
    hands, num_untracked = [], 0
    for person in people:
        person_id = person.get("id", _UNTRACKED_ID)
        labelled = [side for side in ("right", "left") if person.get(f"{side}_hand")]
        if labelled and person_id == _UNTRACKED_ID:
            num_untracked += 1
            continue
        for side in labelled:
            subject = subjects.name(person_id, frame)
            hands.append(
                _hand(person[f"{side}_hand"], side, subject, person_id, path, mm)
            )
    return tuple(hands), num_untracked


def _hand(entry, side, subject, person_id, path, mm):
    landmarks = _numbers(entry, "landmarks", 3 * NUM_JOINTS, path)
    joints = landmarks.reshape(NUM_JOINTS, 3)
    validity = _numbers(entry, "validity", NUM_JOINTS, path) > 0
    # A joint that was not reconstructed is written as the world's origin.
    valid = validity & np.any(joints != 0, axis=-1)
    score = _numbers(entry, "averageScore", NUM_JOINTS, path)
    error = _numbers(entry, "averageReproError", NUM_JOINTS, path)
    return Hand(
        side=side,
        subject=subject,
        joints=joints * mm,
        valid=valid & np.isfinite(joints).all(-1),
        score=score.astype(np.float32),
        reprojection_px=error.astype(np.float32),
        id=person_id,
    )


def _numbers(entry, field, length, path):
    if not isinstance(entry, dict) or not isinstance(entry.get(field), list):
        raise LabelError(f"{path}: field {field!r} is missing or no list.")
    what = f"{path}: field {field!r}"
    return number_array(entry[field], (length,), what, LabelError, allow_nan=True)


class PanopticSubjects:
    """Names of the people whom the tracker only numbers, from `subjects.json`.

    The same id may be another person after a pause, hence the frame ranges.

    Args:
        path: `pathlib.Path` of the file; it may be absent.
        sequence: Name of the sequence, for people who are not listed.

    Raises:
        LabelError: If the file is malformed.
    """

    def __init__(self, path: Path, sequence: str) -> None:
        self._sequence = sequence
        content = read_json(path, LabelError) if path.is_file() else {}
        self._ranges = {
            person_id: _ranges(entry, person_id, path)
            for person_id, entry in content.items()
        }

    def name(self, person_id: int | None, frame: int) -> Any:
        """Name of the person with that id at that frame."""
        for first, last, subject in self._ranges.get(str(person_id), ()):
            if first <= frame <= last:
                return subject
        return f"{self._sequence}/{person_id}"


def _ranges(entry, person_id, path):
    if isinstance(entry, str):
        return [(0, float("inf"), entry)]
    try:
        ranges = [(part["from"], part["to"], str(part["subject"])) for part in entry]
    except (KeyError, TypeError):
        ranges = [(None, None, "")]
    if not all(
        isinstance(end, int) for first, last, _ in ranges for end in (first, last)
    ):
        raise LabelError(
            f"{path}: person {person_id!r} must be a name or a list of objects with "
            f"'from', 'to' (frames) and 'subject'. Received: {str(entry)[:120]}"
        )
    return ranges
