"""Encoders and cells of the scenario grid: what they depend on and where they are."""

import dataclasses
import hashlib
import json
import shutil
from pathlib import Path

from hand_geo_keras.datasets.instant_folder import read_json
from hand_geo_keras.datasets.prepare import write_json
from hand_geo_keras.scenarios.grid_profiles import GridProfile

CONFIGURATIONS = (
    "supervised",
    "pre_trained",
    "pre_trained_aug",
    "semi_supervised",
    "fine_tuned",
)
# The encoder that a configuration starts from.
ENCODER_OF = {
    "pre_trained": "plain",
    "pre_trained_aug": "augmented",
    "semi_supervised": "common",
    "fine_tuned": "augmented",
}
# Sections of the profile that a job depends on; any other may change freely.
_SHARED_SECTIONS = ("network", "augmentation")
_ENCODER_SECTIONS = ("views", "pre_training")
_SECTIONS = {
    "supervised": ("supervised",),
    "pre_trained": (*_ENCODER_SECTIONS, "head"),
    "pre_trained_aug": (*_ENCODER_SECTIONS, "head"),
    "semi_supervised": (*_ENCODER_SECTIONS, "semi_supervised"),
    "fine_tuned": (*_ENCODER_SECTIONS, "head", "fine_tuned"),
}
# Values of `pre_training` that only other encoders depend on.
_UNUSED = {"plain": ("roll",), "common": ("roll", "steps"), "augmented": ()}
# Raise it when the code changes what a job with the same settings computes.
_VERSION = 2


@dataclasses.dataclass(frozen=True)
class Grid:
    """What every job of a grid needs to know; small enough to be sent to a worker.

    Args:
        profile_name: Name of the profile.
        profile: `GridProfile`.
        prepared: Folder of the prepared dataset, see `prepare_dataset`.
        data_fingerprint: `GridDataset.fingerprint`.
        out_dir: Folder of all results, seen by all workers.
        features: Weights of the feature loss, see `ResNet18Features`.
    """

    profile_name: str
    profile: GridProfile
    prepared: str
    data_fingerprint: str
    out_dir: str
    features: str | None = "auto"


@dataclasses.dataclass(frozen=True)
class EncoderJob:
    """Pre-training of an encoder that all budgets of a seed share.

    Args:
        kind: `"plain"`; `"augmented"` with in-plane rotations; or `"common"`, the
            steps that these two start with.
        seed: Seed of weights, batches and augmentation.
    """

    kind: str
    seed: int

    @property
    def name(self):
        """Name of the job and its folder."""
        return f"encoders/{self.kind}_s{self.seed}"

    def settings(self, grid):
        """All that decides the outcome, as JSON values."""
        sections = (*_SHARED_SECTIONS, *_ENCODER_SECTIONS)
        facts = _facts(grid, sections, self.kind)
        return {**facts, "features": str(grid.features), **vars(self)}


@dataclasses.dataclass(frozen=True)
class Cell:
    """One cell of the table: a configuration trained on a budget with a seed.

    Args:
        configuration: One of `CONFIGURATIONS`.
        budget: Name of the row of Table 1.
        annotations: Number of annotated images.
        seed: Seed of everything that is random.
    """

    configuration: str
    budget: str
    annotations: int
    seed: int

    @property
    def name(self):
        """Name of the job and its folder."""
        return f"cells/{self.configuration}_{self.budget}_s{self.seed}"

    def settings(self, grid):
        """All that decides the outcome, as JSON values."""
        sections = (*_SHARED_SECTIONS, *_SECTIONS[self.configuration])
        facts = _facts(grid, sections, ENCODER_OF.get(self.configuration))
        facts |= vars(self)
        if "views" in sections:
            facts["features"] = str(grid.features)
        return facts


def start_of(job, grid):
    """What a job goes on from.

    Args:
        job: `EncoderJob` or `Cell`.
        grid: `Grid`.

    Returns:
        The `EncoderJob` that must be finished before; None if the job starts with
        untrained networks.
    """
    if isinstance(job, Cell):
        kind = ENCODER_OF.get(job.configuration)
    else:
        kind = None if job.kind == "common" else "common"
    if kind == "common" and not grid.profile.pre_training.common_steps:
        kind = None
    return EncoderJob(kind, job.seed) if kind else None


def cell_of(facts):
    """The `Cell` that a result or the settings of a job belong to."""
    return Cell(*(facts[field.name] for field in dataclasses.fields(Cell)))


def fingerprint(job, grid):
    """Hash that differs whenever the outcome of a job would differ."""
    text = json.dumps(job.settings(grid), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def result_of(job, grid):
    """The result of a finished job, or None if it must be run (again).

    Args:
        job: `EncoderJob` or `Cell`.
        grid: `Grid`.

    Returns:
        dict, as the job wrote it.
    """
    result = read_json(Path(grid.out_dir) / job.name / "result.json")
    return result if result.get("fingerprint") == fingerprint(job, grid) else None


def begin(job, grid):
    """Makes a job's folder; clears it first if it holds other settings' work."""
    folder = Path(grid.out_dir) / job.name
    mark = {"fingerprint": fingerprint(job, grid), "settings": job.settings(grid)}
    if read_json(folder / "job.json").get("fingerprint") != mark["fingerprint"]:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        write_json(folder / "job.json", mark)
    return folder


def finish(job, grid, result):
    """Writes a job's result, which makes it finished, and drops its backup."""
    folder = Path(grid.out_dir) / job.name
    write_json(folder / "result.json", {"fingerprint": fingerprint(job, grid)} | result)
    shutil.rmtree(folder / "training" / "backup", ignore_errors=True)


def _facts(grid, sections, encoder_kind):
    facts = {
        "version": _VERSION,
        "data": grid.data_fingerprint,
        **{name: dataclasses.asdict(getattr(grid.profile, name)) for name in sections},
    }
    for name in _UNUSED.get(encoder_kind, ()):
        del facts["pre_training"][name]
    return facts
