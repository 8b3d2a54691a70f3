"""Jobs: one training each, with all that decides its outcome."""

import dataclasses
import functools
import hashlib
import json
from pathlib import Path
from typing import Any

from hand_geo_keras.datasets import PreparedData
from hand_geo_keras.training.profiles import CAME_LATER, Profile
from hand_geo_keras.training.registry import ENTRIES, METHODS, PRESET
from hand_geo_keras.training.trained import TrainedFolder


@dataclasses.dataclass(frozen=True)
class Labels:
    """How many images are annotated, and of whom.

    Args:
        count: Number of annotated images.
        subjects: The first so many training subjects; all if None.
    """

    count: int
    subjects: int | None = None


@dataclasses.dataclass(frozen=True)
class Job:
    """A training and its measurement; small enough to be sent to a worker.

    The fingerprint covers method, configuration, data, seed, labels and, in the same
    way, all jobs before; names do not count.

    Args:
        method: Name in `METHODS`.
        config: Frozen dataclass that the method takes, or `()`.
        data: `PreparedData`.
        seed: Seed of everything that is random.
        labels: `Labels`, or None for a training without.
        after: `Job`s and `Preset`s that must be finished before.
        name: Name of the job and of its folder.
        configuration: Name in `ENTRIES`.
        budget: Row of the table, or empty for an encoder.
        precision: `"float32"` or `"bfloat16"`, in which it is trained.
    """

    method: str
    config: object
    data: PreparedData
    seed: int
    labels: Labels | None = None
    after: tuple = ()
    name: str = ""
    configuration: str = ""
    budget: str = ""
    precision: str = "float32"

    @functools.cached_property
    def fingerprint(self) -> Any:
        """Hash that differs whenever the outcome would differ."""
        text = json.dumps(self.settings, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def settings(self) -> dict[Any, Any]:
        """All that decides the outcome, as JSON values."""
        # As `CAME_LATER`: what was trained before stays finished.
        precise = self.precision == "float32"
        return {
            **({} if precise else {"precision": self.precision}),
            "method": self.method,
            "version": METHODS[self.method].version,
            "config": describe(self.config),
            "data": self.data.fingerprint,
            "seed": self.seed,
            "labels": describe(self.labels),
            "after": [parent.fingerprint for parent in self.after],
        }

    @property
    def annotations(self) -> int:
        """Number of annotated images."""
        return self.labels.count if self.labels else 0

    def trained(self, out_dir: str | Path) -> TrainedFolder:
        """The models of this job once it is finished."""
        return TrainedFolder(str(Path(out_dir) / self.name))


def describe(value: Any) -> Any:
    """A configuration as JSON values; whatever has a fingerprint is described by it."""
    if hasattr(value, "fingerprint"):
        return value.fingerprint
    if dataclasses.is_dataclass(value):
        parts = [(field, getattr(value, field.name)) for field in _fields(value)]
        return {field.name: describe(part) for field, part in parts}
    if isinstance(value, (tuple, list)):
        return [describe(part) for part in value]
    return value


def _fields(value):
    """Fields that a fingerprint tells, see `CAME_LATER`."""
    return [
        field
        for field in dataclasses.fields(value)
        if CAME_LATER not in field.metadata
        or getattr(value, field.name) != field.default
    ]


def job_of(
    configuration: str,
    profile: Profile,
    data: PreparedData,
    seed: int,
    labels: Labels | None = None,
    budget: str = "",
    preset: Any = None,
    group: str = "",
) -> Any:
    """The job of an entry of the registry, with all jobs before it.

    Args:
        configuration: Name in `ENTRIES`.
        profile: `Profile`.
        data: `PreparedData`.
        seed: Seed of everything that is random.
        labels: `Labels` of a column; None for an encoder, for a column that learns
            without any, or for a cell that measures what its column starts from.
        budget: Name of the row, or empty for an encoder.
        preset: `Preset` to start from, or None.
        group: Folder of the jobs within that of the run, for runs that hold the same
            entry with several profiles.

    Returns:
        `Job`; or the `Preset` or None that stands in for an entry which the profile
        leaves out.
    """
    entry = ENTRIES[configuration]
    parent = preset
    if entry.after != PRESET:
        parent = job_of(entry.after, profile, data, seed, preset=preset, group=group)  # type: ignore[arg-type]
    method, config = entry.method, entry.config(profile)
    if config is None:
        return parent
    if budget and labels is None and not entry.learns_alone:
        method, config = "zero_shot", ()  # nothing to train on in the cell itself
    folder = (
        f"cells/{configuration}_{budget}" if budget else f"encoders/{configuration}"
    )
    return Job(
        method,
        config,
        data,
        seed,
        labels,
        (parent,) if parent else (),
        f"{group}/{folder}_s{seed}".lstrip("/"),
        configuration,
        budget,
        profile.precision,
    )
