"""The folder of prepared instants: shards, their counts, backgrounds and report."""

import collections
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import tensorflow as tf

from hand_geo_keras import io
from hand_geo_keras.datasets.features import instant_features, with_encoded_images
from hand_geo_keras.datasets.preparation import Preparation
from hand_geo_keras.errors import DatasetError
from hand_geo_keras.io import (
    check_file_name,
    remove_partials,
    replacing,
    write_image,
    write_json,
)

FRAMES_PER_SHARD = 64
INFO_FILE = "preparation.json"
REPORT_FILE = "preparation_report.json"
_OURS = (
    *("instants-*.tfrecord", "instants-*.json"),
    *("background-*.png", "background-*.json", REPORT_FILE),
)


def read_json(path: str | Path) -> Any:
    """Reads JSON that this package wrote; an absent file is an empty dict.

    Raises:
        DatasetError: If the file is damaged.
    """
    return io.read_json(path, DatasetError, default={}, finite=False)


class InstantFolder:
    """Writes the instants of one recording, shard by shard.

    Every file appears under its name only when complete. A shard is there when its
    TFRecord file and the counts beside it are; whatever is missing can be written at
    any time and by any process that sees the folder.

    Args:
        path: `pathlib.Path` of the folder; made if absent.
        preparation: The `Preparation`.
        frames: Ascending frame indices to prepare.
        masks: Whether the views have masks.
    """

    def __init__(
        self,
        path: str | Path,
        preparation: Preparation,
        frames: Sequence[int] | range,
        masks: bool = False,
    ) -> None:
        self.masks = masks
        self.path = io.make_folder(path)
        self.preparation = preparation
        self.shards = [
            tuple(frames[start : start + FRAMES_PER_SHARD])
            for start in range(0, len(frames), FRAMES_PER_SHARD)
        ]

    def start(self, recording: Any, fingerprint: str) -> None:
        """Keeps what is there if it was made from the same, else clears the folder.

        No other process may write to the folder meanwhile, see `locked`.

        Args:
            recording: The `Recording`.
            fingerprint: Text that differs whenever the instants would.

        Raises:
            DatasetError: If the folder holds files of something else.
        """
        known = read_json(self.path / INFO_FILE)
        if not known:
            self._refuse_foreign()
        remove_partials(self.path)
        if known.get("fingerprint") != fingerprint:
            self._clear()
        metadata = {
            "fingerprint": fingerprint,
            "recording": recording.name,
            "crop_size": self.preparation.crop_size,
            "stored_size": self.preparation.stored_size,
            "masks": self.masks,
        }
        write_json(self.path / INFO_FILE, metadata)

    def _refuse_foreign(self):
        """Nothing is removed that was not written here, nor taken for our own."""
        foreign = sorted(path.name for path in self._ours())
        if foreign:
            raise DatasetError(
                f"{self.path}: has no {INFO_FILE}, so these files belong to something "
                f"else: {foreign[:4]}; prepare in a folder of its own."
            )

    def _clear(self):
        for path in self._ours():
            path.unlink()

    def _ours(self):
        return [path for name in _OURS for path in self.path.glob(name)]

    @property
    def missing_shards(self) -> list[Any]:
        """Ascending numbers of the shards that are not there yet."""
        return [
            number
            for number in range(len(self.shards))
            if not (self.shard(number).exists() and self._counts(number).exists())
        ]

    def shard(self, number: Any) -> Any:
        """Path of a shard's TFRecord file."""
        return self.path / f"instants-{number:05d}.tfrecord"

    def _counts(self, number):
        return self.shard(number).with_suffix(".json")

    def write_shard(self, number: Any, cut: Any) -> None:
        """Writes a shard and its counts, among them which labels a person corrected.

        Args:
            number: Number of the shard.
            cut: Iterable over frames of `(instants, dropped, problems)`, the first
                two as from `cut_instants` and the `Problem`s met in that frame.
        """
        features = instant_features(self.preparation.stored_size, self.masks)
        dropped, subjects = collections.Counter(), collections.Counter()
        num_views, problems, corrected = 0, set(), []
        with (
            replacing(self.shard(number), (tf.errors.OpError,)) as partial,
            tf.io.TFRecordWriter(str(partial)) as writer,
        ):
            for instants, reasons, met in cut:
                dropped.update(reasons)
                problems.update(met)
                for instant in instants:
                    is_corrected = instant.pop("corrected", False)  # is no feature
                    encoded = features.encode_example(with_encoded_images(instant))
                    writer.write(features.serialize_example(encoded))
                    num_views += len(instant["views"])
                    subjects[instant["subject"]] += 1
                    if is_corrected:
                        corrected.append(list(hand_of(instant)))
        counts = {
            "instants": subjects.total(),
            "views": num_views,
            "subjects": dict(sorted(subjects.items())),
            "dropped": dict(sorted(dropped.items())),
            "problems": _as_lists(problems),
            **({"corrected": corrected} if corrected else {}),
        }
        write_json(self._counts(number), counts)

    def background(self, camera_name: str | None) -> Any:
        """Path of a camera's background image.

        Raises:
            DatasetError: If the camera's name cannot be part of a file's.
        """
        check_file_name(camera_name, "the camera's name", DatasetError)  # type: ignore[arg-type]
        return self.path / f"background-{camera_name}.png"

    def write_background(
        self, camera_name: str | None, image: np.ndarray, problems: Any
    ) -> None:
        """Writes a background and what was met while it was made.

        Args:
            camera_name: Name of the camera.
            image: `[H, W, 3]` uint8 RGB.
            problems: `Problem`s.
        """
        path = self.background(camera_name)
        # First the problems: they are noted wherever the image is there.
        write_json(path.with_suffix(".json"), {"problems": _as_lists(problems)})
        write_image(path, image)

    def read_background(self, camera_name: str | None) -> Any:
        """Reads a background as `[H, W, 3]` uint8 RGB.

        Raises:
            DatasetError: If the file is missing or damaged.
        """
        path = self.background(camera_name)
        background = cv2.imread(str(path))
        if background is None:
            raise DatasetError(f"{path}: cannot be read; remove it and prepare again.")
        return background[..., ::-1]

    def write_report(self, recording: Any) -> Any:
        """Adds up the counts of all shards in `preparation_report.json`.

        Args:
            recording: The `Recording`, for its name and what it has met by now.

        Returns:
            The report as a dict, see `prepare_recording`.

        Raises:
            DatasetError: If no frame gave a single view.
        """
        counts = [read_json(self._counts(i)) for i in range(len(self.shards))]
        noted = [read_json(path) for path in self.path.glob("background-*.json")]
        problems = {tuple(item) for item in _as_lists(recording.problems)}
        for count in (*counts, *noted):
            problems.update(tuple(item) for item in count["problems"])
        report = {
            "recording": recording.name,
            "instants": sum(count["instants"] for count in counts),
            "views": sum(count["views"] for count in counts),
            "subjects": _total(counts, "subjects"),
            "dropped": _total(counts, "dropped"),
            "problems": dict(collections.Counter(kind for kind, *_ in problems)),
            "first_files": _first_files(problems),
        }
        write_json(self.path / REPORT_FILE, report)
        if not report["views"]:
            raise DatasetError(
                f"Recording {recording.name!r} gave no view of a hand; add 3D labels, "
                f"boxes or a detector, or loosen the filters. Received: {report}"
            )
        return report


def hand_of(instant: dict[str, Any]) -> tuple[str, int, str, str]:
    """`(sequence, frame, side, subject)` of an instant, which tells it from others."""
    names = (instant[key] for key in ("sequence", "side", "subject"))
    sequence, side, subject = (
        name.decode() if isinstance(name, bytes) else str(name) for name in names
    )
    return sequence, int(instant["frame"]), side, subject


def complete_shards(folder: str | Path) -> list[Path]:
    """Ascending paths of the shards of a folder that are there in full.

    A process that was killed leaves a partial file, and another one may be adding
    shards now.

    Args:
        folder: Folder of prepared instants.
    """
    shards = sorted(Path(folder).glob("instants-*.tfrecord"))
    return [shard for shard in shards if shard.with_suffix(".json").exists()]


def corrected_hands(folder: Path) -> set[tuple[str, int, str, str]]:
    """What `hand_of` tells of the instants whose labels a person has corrected.

    Args:
        folder: `pathlib.Path` of a folder of prepared instants.
    """
    counts = (read_json(path) for path in sorted(folder.glob("instants-*.json")))
    return {tuple(hand) for count in counts for hand in count.get("corrected", ())}


def _total(counts, key):
    total = collections.Counter()
    for count in counts:
        total.update(count[key])
    return dict(sorted(total.items()))


def _as_lists(problems):
    items = [(item.kind, item.file, item.frame, item.camera) for item in problems]
    return [list(item) for item in sorted(items, key=_order)]


def _order(problem):
    kind, file, frame, camera = problem
    return kind, file, -1 if frame is None else frame, camera or ""


def _first_files(problems):
    """Where each kind of problem was met first, for a person to look at."""
    first = {}
    for kind, file, *_ in sorted(problems, key=_order):
        first.setdefault(kind, file)
    return first
