"""The labels of a rig while a person corrects them."""

import contextlib
import threading
from collections.abc import Sequence

import numpy as np

from hand_geo_keras.errors import LabelError
from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.geometry.triangulation import reprojection_error
from hand_geo_keras.io import locked
from hand_geo_keras.labelling.fitted_hands import read_fitted_hands
from hand_geo_keras.labelling.label_recording import LABELS, SOURCE, WORK
from hand_geo_keras.recordings.recording import Hand
from hand_geo_keras.recordings.rig import RigRecording
from hand_geo_keras.recordings.rig_labels import read_hands3d
from hand_geo_keras.recordings.text_files.json_file import read_json
from hand_geo_keras.recordings.write_rig import write_hands3d


class LabelStore:
    """Reads and writes `hands3d.json` of a rig; safe for several threads.

    Other hands of a frame (of another side or person) stay as they are.

    Args:
        recording: `RigRecording`.
        side: `"right"` or `"left"`, the hand to correct.

    Raises:
        LabelError: If the file is malformed.
    """

    def __init__(self, recording: RigRecording, side: str) -> None:
        self._recording, self.side = recording, side
        self._path = recording.path / LABELS
        self._lock = threading.RLock()
        self._hands, self._source, self._age = {}, SOURCE, None
        self._read()
        self._fitted = read_fitted_hands(recording.path / WORK)

    def _read(self):
        """Reads the file if another program has written it since."""
        age = self._path.stat().st_mtime_ns if self._path.is_file() else None
        if age is not None and age != self._age:
            subject = self._recording.default_subject
            self._hands = read_hands3d(self._path, subject)
            self._source = read_json(self._path, LabelError).get("source")
        self._age = age

    def hand(self, frame: int) -> Hand | None:
        """The `Hand` of a frame, or None."""
        hands = self._hands.get(frame, ())
        return next((hand for hand in hands if hand.side == self.side), None)

    def status(self, frame: int) -> str:
        """`"corrected"`, `"labelled"`, `"rejected"` (fitted only) or `"empty"`."""
        hand = self.hand(frame)
        if hand is not None:
            return "corrected" if hand.corrected else "labelled"
        return "rejected" if frame in self._fitted else "empty"

    def joints(self, frame: int) -> np.ndarray | None:
        """`[21, 3]` mm from which a correction begins, or None.

        Where the frame has no whole hand, that of the nearest frame that has one.
        """
        hand = self.hand(frame)
        if hand is not None and hand.valid.all():
            return hand.joints
        if frame in self._fitted:
            return self._fitted[frame]
        known = [f for f in self._hands if (h := self.hand(f)) and h.valid.all()]
        nearest = min(
            {*known, *self._fitted}, key=lambda f: abs(f - frame), default=None
        )
        return None if nearest is None else self.joints(nearest)

    def save(self, frame: int, joints: np.ndarray, placed: np.ndarray) -> None:
        """Writes a corrected hand; on a failure everything is as before.

        Args:
            frame: Frame index.
            joints: `[21, 3]` mm, world frame.
            placed: `[V, 21, 2]` pixels where joints were placed, NaN elsewhere.

        Raises:
            StorageError: If it cannot be written.
        """
        seen = reprojection_error(self._recording.cameras, joints, placed)
        count = np.isfinite(seen).sum(0)
        error = np.nansum(seen, axis=0) / np.maximum(count, 1)
        with self._writing():
            old = self.hand(frame)
            others = tuple(h for h in self._hands.get(frame, ()) if h is not old)
            template = old or self._any_hand()
            hand = Hand(
                side=self.side,
                subject=template.subject
                if template
                else self._recording.default_subject,
                joints=joints,
                valid=np.ones(len(joints), bool),
                score=np.ones(len(joints), np.float32),
                reprojection_px=error.astype(np.float32),
                id=template.id if template else 0,
                corrected=True,
            )
            self._write({**self._hands, frame: (*others, hand)})

    def discard(self, frame: int) -> None:
        """Takes the hand of a frame out of the labels, for frames without any."""
        with self._writing():
            old = self.hand(frame)
            if old is None:
                return
            others = tuple(h for h in self._hands[frame] if h is not old)
            kept = {f: hands for f, hands in self._hands.items() if f != frame}
            self._write({**kept, **({frame: others} if others else {})})

    def _any_hand(self):
        hands = (hand for entries in self._hands.values() for hand in entries)
        return next((hand for hand in hands if hand.side == self.side), None)

    @contextlib.contextmanager
    def _writing(self):
        """Context in which nobody else reads or writes, and the file is known."""
        with self._lock, locked(self._path.parent, wait=5):
            self._read()
            yield

    def _write(self, hands):
        write_hands3d(self._path, hands, self._source)
        self._hands, self._age = hands, self._path.stat().st_mtime_ns


def is_in_front(cameras: Sequence[Camera], joints: np.ndarray) -> bool:
    """Whether all joints are in front of at least one camera, and finite."""
    if not np.isfinite(joints).all():
        return False
    return any((camera.to_camera(joints)[:, 2] > 0).all() for camera in cameras)
