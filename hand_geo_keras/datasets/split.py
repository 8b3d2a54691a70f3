"""Which instants serve to train, to choose settings on, and to test."""

import dataclasses
from typing import Any

import numpy as np

from hand_geo_keras.datasets.instant_pool import InstantPool
from hand_geo_keras.errors import DatasetError

PARTS = ("train", "validation", "test")


@dataclasses.dataclass(frozen=True, eq=False)
class Part:
    """Instants and those of their views whose labels count.

    Args:
        pool: `InstantPool`.
        views: `[K]` ascending indices of labelled views: those that may be annotated
            of a training part, those that are measured of any other.
    """

    pool: InstantPool
    views: np.ndarray

    @property
    def poses(self) -> np.ndarray:
        """`[K, 21, 3]` float32 poses in mm of the views, virtual-camera frames."""
        return self.pool.poses(self.views)

    @property
    def valid(self) -> np.ndarray:
        """`[K, 21]` bool, which joints of the views are labelled."""
        return self.pool.validity(self.views)


@dataclasses.dataclass(frozen=True, eq=False)
class Split:
    """The one shape of data that every training and every measurement takes.

    Args:
        name: Name of the dataset.
        fingerprint: Text that differs whenever the instants or the split differ.
        train: `Part` from which labels are chosen.
        unlabelled: `InstantPool` that view synthesis may look at; holds all instants
            of `train`, in the same order.
        head_views: `[H]` indices in `unlabelled` of the views to whose pseudo-labels a
            pose head is fitted first: all of a recording; of a dataset by subject
            those of right hands without a fault.
        measured: dict from `"validation"` and/or `"test"` to the `Part` of it.
        subjects: dict from name of part to names of subjects; those of `"train"` in
            the order in which they are annotated.
    """

    name: str
    fingerprint: str
    train: Part
    unlabelled: InstantPool
    head_views: np.ndarray
    measured: dict
    subjects: dict

    def part(self, name: str) -> Any:
        """The `Part` called `"train"`, `"validation"` or `"test"`."""
        return self.train if name == "train" else self.measured[name]

    def choose_labels(
        self, count: int, seed: int = 0, subjects: Any = None
    ) -> np.ndarray:
        """Chooses annotated images at random, without repetition.

        Labels that a person has corrected come first.
        Smaller choices of one seed are subsets of larger ones of the same subjects.

        Args:
            count: Number of annotated images (views), as the paper counts them.
            seed: Seed of the choice.
            subjects: The first so many training subjects are annotated; all if None.

        Returns:
            `[count]` int indices of views in `train.pool`.

        Raises:
            DatasetError: If there are fewer labelled images, or the number is negative.
        """
        available = self.annotatable(subjects)
        if count < 0:
            raise DatasetError(
                f"A budget of labels is a number from 0 on. Received: {count}"
            )
        if count > len(available):
            raise DatasetError(
                f"A budget of {count} labels is larger than the {len(available)} "
                f"labelled images that {self.name!r} has for it; choose a smaller one"
            )
        return self.train.pool.in_label_order(available, seed)[:count]

    def annotatable(self, subjects: Any = None) -> Any:
        """Views of `train` of its first so many subjects, of all if None."""
        views = self.train.views
        if subjects is None:
            return views
        chosen = self.subjects["train"][:subjects]
        of_views = self.train.pool.subjects[self.train.pool.instant_of_view[views]]
        return views[np.isin(of_views, chosen)]

    def in_unlabelled(self, views: Any) -> Any:
        """The same views of `train.pool` as indices in `unlabelled`."""
        if self.unlabelled is self.train.pool:
            return views
        pool = self.unlabelled
        train = set(_keys(self.train.pool))
        instants = [number for number, key in enumerate(_keys(pool)) if key in train]
        return np.flatnonzero(np.isin(pool.instant_of_view, instants))[views]


def split_by_subject(
    pool: InstantPool, subjects: dict[Any, Any], name: str = "", fingerprint: str = ""
) -> Split:
    """Splits a pool by subject; right hands only are annotated and measured.

    Left hands serve view synthesis alone, as in the paper.

    Args:
        pool: `InstantPool` of all subjects.
        subjects: dict from `"train"`, `"validation"` and `"test"` to names of
            subjects, those of `"train"` in the order in which they are annotated.
        name, fingerprint: See `Split`.

    Returns:
        `Split`; without `"validation"` where no such subject is named.

    Raises:
        DatasetError: If subjects have no instants.
    """
    pools = {
        part: _of_subjects(pool, names, part)
        for part, names in subjects.items()
        if names
    }
    parts = {
        part: Part(chosen, _right_labelled(chosen)) for part, chosen in pools.items()
    }
    train = parts.pop("train")
    return Split(
        name, fingerprint, train, train.pool, train.views, parts, dict(subjects)
    )


def split_in_time(
    pool: InstantPool,
    measured: Any = ("validation", "test"),
    name: str = "",
    fingerprint: str = "",
) -> Split:
    """Splits every sequence of a pool in time, see `instants_in_time`.

    Without labels everything before the measured parts may be looked at. A recording
    shows whoever it shows, so that left hands (mirrored) are annotated too.

    Args:
        pool: `InstantPool` of one or more recordings.
        measured: `("validation",)` to choose settings without looking at the test
            part, `("test",)`, or both.
        name, fingerprint: See `Split`.

    Returns:
        `Split`.

    Raises:
        DatasetError: If a recording is too short, or the training part or a measured
            one has no labels.
    """
    instants = instants_in_time(pool)
    seen = instants["train"]
    if "validation" not in measured:
        seen = np.sort(np.concatenate([seen, instants["validation"]]))
    parts = {}
    for part in ("train", *measured):
        chosen = pool.select(instants[part])
        views = np.flatnonzero(chosen.labelled[chosen.instant_of_view])
        if not len(views):
            raise DatasetError(
                f"The {part} part of the recording needs 3D labels, to train on and "
                "to measure with; label frames there"
            )
        parts[part] = Part(chosen, views.astype(np.int32))
    train = parts.pop("train")
    unlabelled = train.pool if len(seen) == len(train.pool) else pool.select(seen)
    everyone = sorted(set(pool.subjects))
    subjects = {part: everyone for part in ("train", *parts)}
    every_view = np.arange(len(unlabelled.images))
    return Split(name, fingerprint, train, unlabelled, every_view, parts, subjects)


def instants_in_time(
    pool: InstantPool, validation: float = 0.15, test: float = 0.2, gap: int = 5
) -> dict[Any, Any]:
    """Splits every sequence into an early, a central and a late part.

    Video frames resemble their neighbours, so a random split would test on copies
    of training frames.

    Args:
        pool: `InstantPool`.
        validation: Fraction of instants before the test part.
        test: Fraction of instants at the end of each sequence.
        gap: Instants left out between two parts.

    Returns:
        dict with `train`, `validation` and `test`: ascending int arrays of
        instants.

    Raises:
        DatasetError: If a part is left empty.
    """
    parts = {"train": [], "validation": [], "test": []}
    for sequence in np.unique(pool.sequences):
        instants = np.flatnonzero(pool.sequences == sequence)
        instants = instants[np.argsort(pool.frames[instants], kind="stable")]
        test_start = len(instants) - round(test * len(instants))
        validation_start = test_start - round(validation * len(instants))
        parts["train"].append(instants[: max(0, validation_start - gap)])
        parts["validation"].append(
            instants[validation_start : max(0, test_start - gap)]
        )
        parts["test"].append(instants[test_start:])
    split = {name: np.sort(np.concatenate(part)) for name, part in parts.items()}
    if any(len(instants) == 0 for instants in split.values()):
        raise DatasetError(
            "The recording is too short to be split in three; record more or make "
            f"the gap smaller. Received: {len(pool)} instants, "
            f"validation={validation}, test={test}, gap={gap}"
        )
    return split


def _keys(pool):
    return list(zip(pool.sequences, pool.subjects, pool.frames, pool.mirrored))


def _right_labelled(pool):
    usable = pool.labelled & ~pool.mirrored
    return np.flatnonzero(usable[pool.instant_of_view])


def _of_subjects(pool, subjects, part):
    missing = sorted({*subjects} - {*pool.subjects})
    if missing:
        raise DatasetError(
            f"The {part} subjects {missing} have no prepared instants; the "
            f"subjects found are {sorted(set(pool.subjects))}"
        )
    return pool.select(np.isin(pool.subjects, list(subjects)))
