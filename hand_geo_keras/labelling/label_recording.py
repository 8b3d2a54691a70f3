"""Labels a recording by what all its cameras see together."""

import collections
import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from hand_geo_keras.errors import LabelError
from hand_geo_keras.io import locked, write_csv
from hand_geo_keras.labelling.detections import DetectionFolder
from hand_geo_keras.labelling.fitted_hands import write_fitted_hands
from hand_geo_keras.labelling.hand_track import HandTrack, expected_hands, track_hand
from hand_geo_keras.labelling.rejection import bone_errors, rejections, relative_errors
from hand_geo_keras.recordings.hand_problems import hand_problems
from hand_geo_keras.recordings.recording import Hand, Recording
from hand_geo_keras.recordings.rig import RigRecording
from hand_geo_keras.recordings.rig_labels import read_hands3d
from hand_geo_keras.recordings.text_files.json_file import read_json
from hand_geo_keras.recordings.write_rig import write_hands3d

LABELS, QUALITY, WORK = "hands3d.json", "hands3d_quality.csv", "labelling"
SOURCE = "hand-geo label: triangulated from detections in every view"
_COLUMNS = (
    *("frame", "status", "views", "score", "reprojection_px", "relative_error"),
    *("std_mm", "bone_error"),
)
_LOOKS = 2
_NO_HAND, _ONE_VIEW = "no hand in any view", "hand in one view only"


@dataclasses.dataclass(frozen=True)
class Labelling:
    """What came of labelling a recording.

    Args:
        hands: dict from frame to a tuple of one `Hand`, or more where a person has
            corrected others.
        track: `HandTrack` of all fitted frames, good or not.
        reasons: dict from each frame without a label to the reason.
        warnings: tuple of sentences on what looks wrong about the labels.
    """

    hands: dict[int, tuple[Hand, ...]]
    track: HandTrack
    reasons: dict[int, str]
    warnings: tuple[str, ...] = ()

    @property
    def corrected(self) -> int:
        """Number of frames whose label a person has placed."""
        return sum(_is_corrected(hands) for hands in self.hands.values())

    @property
    def mostly_rejected(self) -> bool:
        """Whether fewer than half of the frames that show a hand are labelled."""
        counts = collections.Counter(self.reasons.values())
        rejected = sum(counts.values()) - counts[_NO_HAND]
        return not self.hands or rejected > len(self.hands)

    def text(self) -> str:
        """The result in a few lines."""
        total = len(self.hands) + len(self.reasons)
        lines = [f"{len(self.hands)} of {total} frames labelled"]
        if self.corrected:
            lines[0] += f", {self.corrected} of them corrected by hand and kept"
        counts = collections.Counter(self.reasons.values())
        lines += [f"  dropped: {reason}: {n}" for reason, n in counts.most_common()]
        if self.hands:
            errors = np.concatenate(
                [
                    hand.reprojection_px
                    for hands in self.hands.values()
                    for hand in hands
                ]
            )
            lines.append(
                f"reprojection error {np.median(errors):.2f} px median, "
                f"{np.percentile(errors, 95):.2f} px in 95 %"
            )
        return "\n".join([*lines, *(f"WARNING: {text}" for text in self.warnings)])


def label_recording(
    recording: Recording,
    reader: Any,
    side: str = "right",
    subject: str | None = None,
    overwrite: bool = False,
    progress: bool = True,
) -> Labelling:
    """Writes a rig's `hands3d.json` from its videos and calibration alone.

    The hand is looked for in each view, triangulated and fitted over the whole video
    (see `fit_sequence`); then every view is read again where the fit says that the hand
    is, also where it was lost, and fitted again. Frames in which the views contradict
    each other, or the result is no such hand, are rejected.

    Files in the rig's folder: `hands3d.json`, the labels; `hands3d_quality.csv`, one
    row per frame with the reason where it was rejected; and `labelling/`, what is
    needed to resume and to correct. Each file is written in full or not at all, and a
    stopped run resumes. Labels that a person has corrected are kept.

    Args:
        recording: `RigRecording` of at least two cameras.
        reader: `PresetReader`, `LandmarkReader` or the like.
        side: `"right"` or `"left"`, the hand to label.
        subject: Name of the person; that of the rig if None.
        overwrite: Whether labels that were not made here are replaced.
        progress: Whether to show progress bars.

    Returns:
        `Labelling`.

    Raises:
        LabelError: If the recording is no plain rig, has one camera only, has labels
            from elsewhere or of the other hand, or the fitted hands are of the other
            side.

    Example:
        ```python
        recording = open_recording("my_rig", labels=False)
        print(label_recording(recording, PresetReader("hand_128")).text())
        ```
    """
    rig = _checked(recording)
    with locked(rig.path):
        corrected = _kept_labels(rig, overwrite, side)
        track, seen = _track(rig, reader, progress)
        reasons = rejections(track, side, rig.fps)
        subject = subject or rig.default_subject
        hands: dict[int, tuple[Hand, ...]] = {
            int(frame): (_hand(track, number, side, subject),)
            for number, (frame, reason) in enumerate(zip(track.frames, reasons))
            if reason is None
        }
        warnings = _warnings(rig, track, reasons, hands, side)
        late = {f: corrected.pop(f) for f in [*corrected] if f >= rig.num_frames}
        for frame, kept in corrected.items():
            sides = {hand.side for hand in kept}
            others = (hand for hand in hands.get(frame, ()) if hand.side not in sides)
            hands[frame] = (*others, *kept)
        write_fitted_hands(rig.path / WORK, track)
        labelling = Labelling(
            hands, track, _reasons_of_all(seen, track, reasons, hands), warnings
        )
        write_csv(rig.path / QUALITY, _quality(rig, labelling), _COLUMNS)
        # Nobody's work is lost where videos were cut.
        write_hands3d(rig.path / LABELS, {**hands, **late}, SOURCE)
    return labelling


def _checked(recording: Recording) -> RigRecording:
    if not isinstance(recording, RigRecording):
        raise LabelError(
            f"{recording.path}: only plain rigs are labelled; a CMU Panoptic tree has "
            "labels in hdHand3d."
        )
    if len(recording.cameras) < 2:
        raise LabelError(
            f"{recording.path}: has one camera, but labels are triangulated from two "
            "or more; add a camera to calibration.json."
        )
    return recording


def _kept_labels(recording, overwrite, side):
    """Corrected labels that are there; refuses to replace those of other origin."""
    path = Path(recording.path) / LABELS
    if not path.is_file():
        return {}
    hands = read_hands3d(path, recording.default_subject)
    corrected = {
        frame: kept
        for frame, entries in hands.items()
        if (kept := tuple(hand for hand in entries if hand.corrected))
    }
    replaced = [h for entries in hands.values() for h in entries if not h.corrected]
    made_here = read_json(path, LabelError).get("source") == SOURCE
    if replaced and not (made_here or overwrite):
        raise LabelError(
            f"{path}: the rig has 3D labels that were not made by 'hand-geo label'; "
            "move the file away, or ask for overwriting (--overwrite_labels)."
        )
    if any(hand.side != side for hand in replaced) and not overwrite:
        raise LabelError(
            f"{path}: holds labels of the other hand, which those of the {side} hand "
            "would replace, for one hand is labelled; move the file away, or ask for "
            "overwriting (--overwrite_labels)."
        )
    return corrected


def _is_corrected(hands):
    return any(hand.corrected for hand in hands)


def _track(recording, reader, progress):
    """The `HandTrack`, and the number of views that see a hand in each frame."""
    folder = DetectionFolder(Path(recording.path) / WORK, recording, reader)
    looks = _LOOKS if reader.looks_again else 0
    total = recording.num_frames * (1 + looks)
    with tqdm(total=total, unit="frame", disable=not progress) as bar:
        bar.set_description(f"Looking for hands in {recording.name}")
        detections = folder.search(bar.update)
        seen = detections.found
        track = track_hand(recording.cameras, detections, recording.fps)
        for number in range(1, looks + 1):
            expected = expected_hands(track, recording.num_frames, recording.fps)
            bar.set_description(f"Reading {recording.name} again")
            detections = folder.look_again(expected, bar.update, number)
            seen = seen | detections.found
            track = track_hand(recording.cameras, detections, recording.fps)
    return track, seen.sum(0)


def _hand(track, number, side, subject):
    trust = track.trust[:, number]
    # What a view that was not believed says is no error of the label.
    errors = (np.nan_to_num(track.errors[:, number]) * trust).sum(0)
    errors /= np.maximum(trust.sum(0), 1e-12)
    return Hand(
        side=side,
        subject=subject,
        joints=track.joints[number],
        valid=np.ones(len(errors), bool),
        # 1 where the joint is certain to a few mm, less with every cm.
        score=np.float32(1 / (1 + (track.std[number] / 20) ** 2)),
        reprojection_px=np.float32(errors),
    )


def _warnings(recording, track, reasons, hands, side):
    """Sentences on what looks wrong; refuses hands that are of the other side."""
    fitted = [_hand(track, number, side, "") for number in range(len(track))]
    problems = hand_problems(
        [entries[0] for entries in hands.values()] if hands else fitted
    )
    for problem in problems:
        if problem.check == "handedness":
            raise LabelError(f"{recording.path}: {problem.message}; {problem.fix}")
    return tuple(f"{problem.message}; {problem.fix}" for problem in problems)


def _reasons_of_all(seen, track, reasons, hands):
    """dict from every frame without a label to the reason."""
    fitted = dict(zip(track.frames.tolist(), reasons))
    return {
        frame: fitted.get(frame) or (_ONE_VIEW if count else _NO_HAND)
        for frame, count in enumerate(seen)
        if frame not in hands
    }


def _quality(recording, labelling):
    """One row per frame."""
    track = labelling.track
    if len(track):
        errors = np.nanmean(track.errors, axis=(0, 2))
        relative = np.nanmean(relative_errors(track), axis=1)
        measured = {
            frame: {
                "views": int(track.views[number]),
                "score": round(float(track.score[number]), 4),
                "reprojection_px": round(float(errors[number]), 3),
                "relative_error": round(float(relative[number]), 4),
                "std_mm": round(float(np.median(track.std[number])), 2),
                "bone_error": round(float(bones), 4),
            }
            for number, (frame, bones) in enumerate(
                zip(track.frames.tolist(), bone_errors(track))
            )
        }
    else:
        measured = {}
    nothing = dict.fromkeys(_COLUMNS, "")
    return [
        {
            **nothing,
            "frame": frame,
            "status": _status(labelling, frame),
            **measured.get(frame, {}),
        }
        for frame in range(recording.num_frames)
    ]


def _status(labelling, frame):
    if frame in labelling.reasons:
        return labelling.reasons[frame]
    return "corrected" if _is_corrected(labelling.hands[frame]) else "labelled"
