"""What the real rig table may learn from and what it is measured on."""

import dataclasses
import functools
from pathlib import Path

import numpy as np

from hand_geo_keras.datasets import InstantPool, load_instants
from hand_geo_keras.datasets.instant_folder import REPORT_FILE, read_json
from hand_geo_keras.errors import DatasetError
from hand_geo_keras.pipelines import choose_labels, labelled_views
from hand_geo_keras.scenarios.grid_dataset import dataset_facts
from hand_geo_keras.scenarios.splits import split_in_time

STRETCHES = ("validation", "test")


@dataclasses.dataclass(frozen=True, eq=False)
class RigData:
    """A recording, split in time for one measurement.

    Labels are always chosen from the training stretch. Without labels, everything
    before the stretch that is measured may be looked at.

    Args:
        stretch: `"validation"` to choose settings, `"test"` for the final figures.
        pool: `InstantPool` of the whole recording.
        train_instants: `[T]` ascending indices in `pool` of the training stretch.
        train: `InstantPool` of them.
        footage: `InstantPool` of all instants before the measured stretch.
        views: `[K]` indices in `pool` of the labelled views that are measured.
    """

    stretch: str
    pool: InstantPool
    train_instants: np.ndarray
    train: InstantPool
    footage: InstantPool
    views: np.ndarray

    @property
    def truth(self):
        """`[K, 21, 3]` float32 poses in mm of the measured views."""
        return self.pool.poses(self.views)

    @property
    def valid(self):
        """`[K, 21]` bool, which joints of the measured views are labelled."""
        return self.pool.valid[self.pool.instant_of_view[self.views]]

    def labels(self, count, seed):
        """`[count]` indices in `train` of the annotated views; nested per seed."""
        return choose_labels(self.train, count, seed)

    def labels_in_pool(self, count, seed):
        """The same views as `labels`, as indices in `pool`."""
        views = np.flatnonzero(np.isin(self.pool.instant_of_view, self.train_instants))
        return views[self.labels(count, seed)]


@functools.lru_cache(maxsize=2)
def load_rig_data(prepared, stretch):
    """Loads a prepared recording and splits it.

    Args:
        prepared: Folder that `prepare_recording` wrote.
        stretch: One of `STRETCHES`.

    Returns:
        `RigData`.

    Raises:
        DatasetError: If the training or the measured stretch has no labels.
    """
    pool = load_instants(prepared)
    split = split_in_time(pool)
    before = split["train"]
    if stretch == "test":
        before = np.sort(np.concatenate([before, split["validation"]]))
    views = labelled_views(pool)
    views = views[np.isin(pool.instant_of_view[views], split[stretch])]
    train = pool.select(split["train"])
    if not len(views) or not train.labelled.any():
        raise DatasetError(
            f"The training and the {stretch} stretch of the recording need 3D labels, "
            "to train on and to measure with; label frames there"
        )
    return RigData(stretch, pool, split["train"], train, pool.select(before), views)


@functools.lru_cache(maxsize=1)
def rehearsal_pool(dome, images, seed=0):
    """A random sample of the labelled right hands of a dome's training subjects.

    Args:
        dome: Folder that `prepare_dataset` wrote.
        images: About how many images to take.
        seed: Seed of the choice.

    Returns:
        `InstantPool`.

    Raises:
        DatasetError: If the folder holds no prepared dataset.
    """
    facts = dataset_facts(dome)
    folders = [Path(dome) / sequence for sequence in facts["sequences"]]
    reports = [read_json(folder / REPORT_FILE) for folder in folders]
    share = images / sum(report["views"] for report in reports)
    subjects = {subject.encode() for subject in facts["subjects"]["train"]}
    rng = np.random.default_rng(seed)

    def keep(instant):
        drawn = rng.random() < share
        is_usable = instant["side"] == b"right" and instant["valid"].all()
        return drawn and is_usable and instant["subject"] in subjects

    return load_instants(folders, keep)
