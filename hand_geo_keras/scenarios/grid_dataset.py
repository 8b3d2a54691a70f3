"""The data of the scenario grid: training, validation and test subjects."""

import dataclasses
import functools
import hashlib
import json
import os
from pathlib import Path

from hand_geo_keras.datasets import (
    InstantPool,
    Preparation,
    load_instants,
    prepare_recording,
)
from hand_geo_keras.datasets.instant_folder import read_json
from hand_geo_keras.datasets.prepare import write_json
from hand_geo_keras.errors import DatasetError
from hand_geo_keras.recordings import open_recording
from hand_geo_keras.scenarios.label_budgets import budgets_of, labelled_right_views
from hand_geo_keras.synthetic import sequences_of, write_dome

SYNTHETIC = ("synthetic_tiny", "synthetic_mini", "synthetic_full")
SPLITS_FILE = "splits.json"
_STRETCHES = ("train", "validation", "test")


@dataclasses.dataclass(frozen=True, eq=False)
class GridDataset:
    """Prepared instants of all subjects, split by subject.

    Args:
        name: Name of the dataset.
        fingerprint: Text that differs whenever the prepared instants differ.
        subjects: dict from `"train"`, `"validation"` and `"test"` to names of
            subjects; those of `"train"` in the order in which they are annotated.
        train: `InstantPool` of the training subjects.
        validation: `InstantPool` of the validation subjects, or None.
        test: `InstantPool` of the test subjects.
    """

    name: str
    fingerprint: str
    subjects: dict
    train: InstantPool
    validation: InstantPool | None
    test: InstantPool

    def evaluation_views(self, stretch):
        """Labelled views of right hands of `"validation"` or `"test"`."""
        return labelled_right_views(getattr(self, stretch), self.subjects[stretch])

    def training_views(self):
        """All views of the training subjects that a budget may annotate."""
        return labelled_right_views(self.train, self.subjects["train"])

    @property
    def budgets(self):
        """Rows of Table 1 that can be filled, see `budgets_of`."""
        return budgets_of(
            [
                len(labelled_right_views(self.train, [subject]))
                for subject in self.subjects["train"]
            ]
        )


def prepare_dataset(dataset, data_dir, crop_size, progress=True):
    """Renders a synthetic dataset if it is absent, and prepares every sequence.

    Args:
        dataset: One of `SYNTHETIC`; or the folder of the user's own sequences, each
            a recording in a folder of its own, beside a `splits.json` with the names
            of the subjects: `{"train": ["anna", ...], "validation": [...], "test":
            [...]}`. The order of the training subjects is that of annotation. For
            CMU Panoptic trees, `subjects.json` in each sequence names the subjects.
        data_dir: Folder for rendered videos and prepared instants.
        crop_size: Side of the crops in pixels.
        progress: Whether to show progress bars.

    Returns:
        Folder of the prepared dataset, for `load_dataset`.

    Raises:
        DatasetError: If the dataset is unknown or its `splits.json` is not usable.
    """
    data_dir = Path(data_dir)
    if dataset in SYNTHETIC:
        name, sequences, subjects = dataset, *_render(dataset, data_dir / dataset)
    else:
        name = Path(dataset).name
        sequences, subjects = _own_sequences(Path(dataset))
    prepared = data_dir / f"{name}_{crop_size}"
    prepared.mkdir(parents=True, exist_ok=True)
    preparation = Preparation(crop_size=crop_size)
    for sequence in sequences:
        recording = open_recording(sequence)
        prepare_recording(
            recording, prepared / sequence.name, preparation, progress=progress
        )
    facts = {
        "name": name,
        "subjects": subjects,
        "sequences": [sequence.name for sequence in sequences],
    }
    write_json(prepared / "dataset.json", facts)
    return prepared


@functools.lru_cache(maxsize=1)
def load_dataset(prepared):
    """Loads what `prepare_dataset` wrote; the last dataset is kept in memory.

    Args:
        prepared: Folder, str or `pathlib.Path`.

    Returns:
        `GridDataset`.

    Raises:
        DatasetError: If the folder holds no prepared dataset, or a subject of
            `splits.json` has no instants.
    """
    prepared = Path(prepared)
    facts = dataset_facts(prepared)
    folders = [prepared / name for name in facts["sequences"]]
    pool = load_instants(folders)
    pools = {
        stretch: _subjects_of(pool, facts["subjects"].get(stretch, []), stretch)
        for stretch in _STRETCHES
    }
    subjects = {stretch: facts["subjects"].get(stretch, []) for stretch in _STRETCHES}
    fingerprint = dataset_fingerprint(prepared)
    return GridDataset(facts["name"], fingerprint, subjects, **pools)


def dataset_of_profile(profile, out_dir, dataset=None, data_dir=None):
    """Prepares and loads the dataset of a run, unless it is there already.

    Args:
        profile: `GridProfile`.
        out_dir: Folder of the run.
        dataset: See `prepare_dataset`; the profile's if None.
        data_dir: Folder of rendered and prepared data; `out_dir/data` if None.

    Returns:
        `(prepared, GridDataset)`, the folder as a str.

    Raises:
        DatasetError: See `prepare_dataset` and `load_dataset`.
    """
    prepared = str(
        prepare_dataset(
            dataset or profile.dataset,
            Path(data_dir or Path(out_dir) / "data").absolute(),
            profile.network.image_size,
        )
    )
    return prepared, load_dataset(prepared)


def dataset_facts(prepared):
    """What a prepared dataset is, without loading it.

    Args:
        prepared: Folder that `prepare_dataset` wrote.

    Returns:
        dict with `name`, `subjects` and `sequences`, as `prepare_dataset` wrote it.

    Raises:
        DatasetError: If the folder holds no prepared dataset.
    """
    path = Path(prepared) / "dataset.json"
    facts = read_json(path)
    if not facts:
        raise DatasetError(
            f"{path} is missing, so this folder holds no prepared dataset; give one "
            "that prepare_dataset or run_scenarios.py wrote"
        )
    return facts


def dataset_fingerprint(prepared):
    """Text that differs whenever the instants of a prepared dataset differ.

    Args and errors are those of `dataset_facts`.
    """
    facts = dataset_facts(prepared)
    folders = [Path(prepared) / name for name in facts["sequences"]]
    marks = [read_json(folder / "preparation.json") for folder in folders]
    text = json.dumps([facts, [mark["fingerprint"] for mark in marks]])
    return hashlib.sha256(text.encode()).hexdigest()


def _render(dataset, folder):
    specs = sequences_of(dataset.removeprefix("synthetic_"))
    folder.mkdir(parents=True, exist_ok=True)
    write_dome(folder, specs, workers=os.cpu_count() or 1)
    subjects = {
        stretch: [f"S{spec.subject}" for spec in specs if spec.split == stretch]
        for stretch in _STRETCHES
    }
    return [folder / spec.name for spec in specs], subjects


def _own_sequences(folder):
    path = folder / SPLITS_FILE
    if not path.is_file():
        raise DatasetError(
            f"{folder} is neither one of {', '.join(SYNTHETIC)} nor a folder with "
            f"recordings and a {SPLITS_FILE}; write one that names the subjects: "
            '{"train": [...], "validation": [...], "test": [...]}'
        )
    try:
        subjects = json.loads(path.read_text())
    except json.JSONDecodeError as error:
        raise DatasetError(f"{path}: is not JSON: {error}") from error
    if not (subjects.get("train") and subjects.get("test")):
        raise DatasetError(f'{path}: must name subjects for "train" and "test"')
    sequences = sorted(path for path in folder.iterdir() if path.is_dir())
    return sequences, subjects


def _subjects_of(pool, subjects, stretch):
    chosen = [subject in set(subjects) for subject in pool.subjects]
    if not any(chosen):
        if stretch == "validation":
            return None
        raise DatasetError(
            f"The {stretch} subjects {subjects} have no prepared instants; the "
            f"subjects found are {sorted(set(pool.subjects))}"
        )
    return pool.select(chosen)
