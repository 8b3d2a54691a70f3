"""Prepares whole datasets, and names them by folder and fingerprint."""

import dataclasses
import functools
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from hand_geo_keras.datasets.instant_folder import INFO_FILE, REPORT_FILE, read_json
from hand_geo_keras.datasets.instant_pool import InstantPool, load_instants
from hand_geo_keras.datasets.own_sequences import (
    SPLITS_FILE,
    check_subjects,
    own_sequences,
)
from hand_geo_keras.datasets.preparation import Preparation
from hand_geo_keras.datasets.prepare import prepare_recording
from hand_geo_keras.datasets.split import PARTS, split_by_subject, split_in_time
from hand_geo_keras.datasets.wild_hands import write_wild
from hand_geo_keras.errors import DatasetError
from hand_geo_keras.io import make_folder, write_json
from hand_geo_keras.recordings import open_recording
from hand_geo_keras.synthetic import sequences_of, write_dome

SYNTHETIC = ("synthetic_tiny", "synthetic_mini", "synthetic_full")
# As many subjects, instants and views, but a person in a room of its own per sequence.
WILD = ("synthetic_wild_tiny", "synthetic_wild_mini", "synthetic_wild_full")
# People and rooms that hand_128 has not seen: it was trained on seeds below 100.
_FIRST_WILD_SEED = 100
_DATASET_FILE = "dataset.json"


@dataclasses.dataclass(frozen=True)
class PreparedData:
    """Where prepared instants are and how they are split; small enough to be sent.

    Args:
        folder: Folder of the prepared dataset or recording.
        fingerprint: Text that differs whenever the instants or the split differ.
        measured: Parts in time that are measured, of one recording; empty where the
            dataset is split by subject.
    """

    folder: str
    fingerprint: str
    measured: tuple[str, ...] = ()

    def load(self) -> Any:
        """The `Split`; the last one is kept in memory.

        Raises:
            DatasetError: If it cannot be split so.
        """
        return _load(self)

    @property
    def metadata(self) -> dict[Any, Any]:
        """dict of `name`, `subjects` and `sequences`, as `prepare_dataset` wrote it.

        Of one recording, whose folder need not have it, `name` alone.
        """
        written = read_json(Path(self.folder) / _DATASET_FILE)
        if written or not self.measured:
            return written
        return {"name": read_json(Path(self.folder) / INFO_FILE)["recording"]}

    def sample_labelled(self, images: Any, seed: int = 0) -> InstantPool:
        """A random sample of the training subjects' flawless right hands.

        Instants are read one by one, so that a dataset that does not fit into memory
        can be sampled.

        Args:
            images: About how many images to take.
            seed: Seed of the choice.

        Returns:
            `InstantPool`.
        """
        return _sample(self, images, seed)


def prepare_dataset(
    dataset: Any, data_dir: str | Path, crop_size: int, progress: bool = True
) -> PreparedData:
    """Renders a synthetic dataset if it is absent, and prepares every sequence.

    Args:
        dataset: One of `SYNTHETIC`, a dome of cameras; one of `WILD`, hands in any
            room, see `write_wild`, where a subject stands for many people, each in
            eight instants and a room of its own; or the folder of the user's own
            sequences, each a recording in a folder of its own, beside a `splits.json`
            with the names of the subjects: `{"train": ["anna", ...], "validation":
            [...], "test": [...]}`. The order of the training subjects is that of
            annotation. For CMU Panoptic trees, `subjects.json` in each sequence names
            the subjects.
        data_dir: Folder for rendered videos and prepared instants.
        crop_size: Side of the crops in pixels.
        progress: Whether to show progress bars.

    Returns:
        `PreparedData`, split by subject.

    Raises:
        DatasetError: If the dataset is unknown or its `splits.json` is not usable.
    """
    data_dir = Path(data_dir).absolute()
    preparation = Preparation(crop_size=crop_size)
    name = Path(dataset).resolve().name
    prepared = data_dir / f"{name}_{crop_size}"
    if dataset in WILD:
        sequences, subjects = _wild(dataset, prepared, preparation, progress)
    else:
        if dataset in SYNTHETIC:
            folders, subjects = _render(dataset, data_dir / dataset)
        else:
            folders, subjects = _own(Path(dataset))
        sequences = [folder.name for folder in folders]
        reports = [
            prepare_recording(
                open_recording(folder),
                prepared / folder.name,
                preparation,
                progress=progress,
            )
            for folder in folders
        ]
        if dataset not in SYNTHETIC:
            check_subjects(Path(dataset), subjects, reports)
    metadata = {"name": name, "subjects": subjects, "sequences": sequences}
    write_json(prepared / _DATASET_FILE, metadata)
    return open_prepared(prepared)


def open_prepared(folder: str | Path) -> PreparedData:
    """Names what `prepare_dataset` wrote.

    Args:
        folder: Folder, str or `pathlib.Path`.

    Returns:
        `PreparedData`, split by subject.

    Raises:
        DatasetError: If the folder holds no prepared dataset.
    """
    path = Path(folder) / _DATASET_FILE
    metadata = read_json(path)
    if "sequences" not in metadata:
        raise DatasetError(
            f"{path} lists no sequences, so this folder holds no prepared dataset; "
            "give one that prepare_dataset or run_scenarios.py wrote"
        )
    infos = [
        read_json(part / INFO_FILE) for part in _sequence_folders(folder, metadata)
    ]
    marks = [info["fingerprint"] for info in infos]
    return PreparedData(str(folder), _hash([metadata, marks]))


def prepare_one(
    recording_dir: str | Path,
    prepared: Any,
    crop_size: int,
    measured: Any = ("test",),
    progress: bool = True,
    detector: Any = None,
) -> tuple[Any, ...]:
    """Prepares one recording, to be split in time.

    Args:
        recording_dir: Folder of the recording, see `open_recording`.
        prepared: Folder to write to.
        crop_size: Side of the crops in pixels.
        measured: Parts in time that are measured, see `split_in_time`.
        progress: Whether to show a progress bar.
        detector: Optional hand detector, see `cut_instants`.

    Returns:
        `(PreparedData, report)`, the report as `prepare_recording` returns it.

    Raises:
        HandGeoError: If the recording cannot be read or gives no view.
    """
    prepared = Path(prepared).absolute()
    recording = open_recording(recording_dir)
    preparation = Preparation(crop_size=crop_size)
    prepare_recording(recording, prepared, preparation, detector, progress)
    name = Path(recording_dir).absolute().name
    write_json(prepared / _DATASET_FILE, {"name": name})
    return open_prepared_one(prepared, measured)


def is_prepared_one(folder: str | Path) -> bool:
    """Whether a folder is one that `prepare_recording` wrote."""
    return (Path(folder) / INFO_FILE).is_file()


def prepared_crop_size(folder: str | Path) -> int:
    """Side in pixels of the crops in a folder that `prepare_recording` wrote."""
    return int(read_json(Path(folder) / INFO_FILE)["crop_size"])


def open_prepared_one(
    folder: str | Path, measured: Any = ("test",)
) -> tuple[PreparedData, dict[Any, Any]]:
    """Names what `prepare_recording` wrote, to be split in time; prepares nothing.

    Args:
        folder: The folder.
        measured: Parts in time that are measured, see `split_in_time`.

    Returns:
        `(PreparedData, report)`, the report as `prepare_recording` returned it.

    Raises:
        DatasetError: If the preparation was not finished.

    Example:
        ```python
        data, report = open_prepared_one("prepared")
        ```
    """
    folder = Path(folder).absolute()
    report = read_json(folder / REPORT_FILE)
    if not (is_prepared_one(folder) and report.get("views")):
        raise DatasetError(
            f"{folder}: its preparation was not finished; run hand-geo prepare with "
            "this --out_dir again."
        )
    mark = _hash([read_json(folder / INFO_FILE)["fingerprint"], measured])
    return PreparedData(str(folder), mark, tuple(measured)), report


@functools.lru_cache(maxsize=1)
def _load(data):
    metadata = data.metadata
    if data.measured:
        pool = load_instants(data.folder)
        return split_in_time(pool, data.measured, metadata["name"], data.fingerprint)
    pool = load_instants(_sequence_folders(data.folder, metadata))
    subjects = {part: metadata["subjects"].get(part, []) for part in PARTS}
    return split_by_subject(pool, subjects, metadata["name"], data.fingerprint)


@functools.lru_cache(maxsize=1)
def _sample(data, images, seed):
    metadata = data.metadata
    folders = _sequence_folders(data.folder, metadata)
    total = sum(read_json(folder / REPORT_FILE)["views"] for folder in folders)
    subjects = {subject.encode() for subject in metadata["subjects"]["train"]}
    rng = np.random.default_rng(seed)

    def keep(instant):
        is_chosen = rng.random() < images / total
        is_usable = instant["side"] == b"right" and instant["valid"].all()
        return is_chosen and is_usable and instant["subject"] in subjects

    return load_instants(folders, keep)


def _sequence_folders(folder, metadata):
    return [Path(folder) / name for name in metadata["sequences"]]


def _hash(value):
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()


def _own(folder):
    if not (folder / SPLITS_FILE).is_file():
        raise DatasetError(
            f"{folder} is neither one of {', '.join((*SYNTHETIC, *WILD))} nor a folder "
            f"with recordings and a {SPLITS_FILE}; write one that names the subjects: "
            '{"train": [...], "validation": [...], "test": [...]}'
        )
    return own_sequences(folder)


def _render(dataset, folder):
    specs = sequences_of(dataset.removeprefix("synthetic_"))
    make_folder(folder)
    write_dome(folder, specs, workers=os.cpu_count() or 1)
    return [folder / spec.name for spec in specs], _subjects_of(specs)


def _wild(dataset, prepared, preparation, progress):
    specs = sequences_of(dataset.removeprefix("synthetic_wild_"))
    for spec in specs:
        write_wild(
            prepared / spec.name,
            spec.num_instants,
            _FIRST_WILD_SEED + spec.subject,
            len(spec.cameras),
            workers=os.cpu_count() or 1,
            preparation=preparation,
            subject=_name_of(spec),
            progress=progress,
        )
    return [spec.name for spec in specs], _subjects_of(specs)


def _subjects_of(specs):
    return {
        part: [_name_of(spec) for spec in specs if spec.split == part] for part in PARTS
    }


def _name_of(spec):
    return f"S{spec.subject}"
