"""Jobs of the real rig table: what they depend on and where their results are."""

import dataclasses

from hand_geo_keras.scenarios.real_rig_profiles import RealRigProfile

# Columns of the table; the dome's model is the preset.
METHODS = {
    "supervised": "supervised from scratch",
    "dome": "dome model as it is",
    "fine_tuned": "dome model fine-tuned",
    "adapted": "adapted without labels, then fine-tuned",
}
# Sections of the profile that a method depends on; any other may change freely.
_SECTIONS = {
    "supervised": ("augmentation", "supervised"),
    "dome": (),
    "fine_tuned": ("augmentation", "rehearsal", "fine_tuning"),
    "adapted": ("augmentation", "rehearsal", "adaptation", "fine_tuning"),
}
# Raise it when the code changes what a job with the same settings computes.
_VERSION = 2


@dataclasses.dataclass(frozen=True)
class RealRig:
    """What every job of the table needs to know.

    Args:
        profile: `RealRigProfile`.
        prepared: Folder of the prepared recording.
        data_fingerprint: Text that differs whenever its instants differ.
        preset: Folder or name of the dome's model.
        preset_fingerprint: Text that differs whenever its files differ.
        dome: Folder of the prepared dome to rehearse on, or None.
        dome_fingerprint: Text that differs whenever its instants differ, or None.
        stretch: `"validation"` or `"test"`, see `RigData`.
        out_dir: Folder of the jobs of this stretch.
        features: Weights of the image loss, see `ResNet18Features`.
    """

    profile: RealRigProfile
    prepared: str
    data_fingerprint: str
    preset: str
    preset_fingerprint: str
    dome: str | None
    dome_fingerprint: str | None
    stretch: str
    out_dir: str
    features: str | None = "auto"

    def facts(self, sections):
        """All that decides the outcome of a job with these sections, as JSON values."""
        facts = {
            "version": _VERSION,
            "data": self.data_fingerprint,
            "preset": self.preset_fingerprint,
            "stretch": self.stretch,
            **{
                name: dataclasses.asdict(getattr(self.profile, name))
                for name in sections
            },
        }
        if "rehearsal" in sections:
            facts["dome"] = self.dome_fingerprint
        return facts


@dataclasses.dataclass(frozen=True)
class AdaptationJob:
    """Adaptation of the dome's model to the recording, without labels.

    Args:
        seed: Seed of batches and augmentation.
    """

    seed: int

    @property
    def name(self):
        """Name of the job and its folder."""
        return f"adaptations/s{self.seed}"

    def settings(self, rig):
        """All that decides the outcome, as JSON values."""
        facts = rig.facts(("augmentation", "rehearsal", "adaptation"))
        return {
            **facts,
            "features": str(rig.features),
            "seed": self.seed,
        }


@dataclasses.dataclass(frozen=True)
class RigCell:
    """One cell of the table: a method with a number of labels and a seed.

    Args:
        method: One of `METHODS`.
        labels: Number of annotated images.
        seed: Seed of the choice of labels and of everything else that is random.
    """

    method: str
    labels: int
    seed: int

    @property
    def name(self):
        """Name of the job and its folder."""
        return f"cells/{self.method}_{self.labels}_s{self.seed}"

    @property
    def adaptation(self):
        """The `AdaptationJob` that must be finished before, or None."""
        return AdaptationJob(self.seed) if self.method == "adapted" else None

    def settings(self, rig):
        """All that decides the outcome, as JSON values."""
        # Without labels nothing is trained in the cell itself.
        facts = rig.facts(_SECTIONS[self.method] if self.labels else ()) | vars(self)
        if self.adaptation:
            facts["adaptation_job"] = self.adaptation.settings(rig)
        return facts


def cells_of(profile, seeds, labels=None, methods=None):
    """The cells of the table, row by row.

    Only the dome's models can do without labels; as they are, they have one cell.

    Args:
        profile: `RealRigProfile`.
        seeds: Seeds.
        labels: Rows; the profile's if None.
        methods: Columns; all of `METHODS` if None.

    Returns:
        List of `RigCell`.
    """
    cells = []
    for count in sorted(profile.labels if labels is None else labels):
        for method in methods or METHODS:
            needs_labels = method in ("supervised", "fine_tuned")
            if needs_labels if count == 0 else method == "dome":
                continue
            chosen = seeds[:1] if method == "dome" else seeds
            cells += [RigCell(method, count, seed) for seed in chosen]
    return cells
