"""What a configuration of `panoptic_hands` is made of, and the built-in ones."""

import dataclasses
from typing import Any

import tensorflow_datasets as tfds

from hand_geo_keras.datasets.preparation import Preparation
from hand_geo_keras.recordings.panoptic_files import PAPER_SPLITS
from hand_geo_keras.synthetic import sequences_of


@dataclasses.dataclass
class PanopticHandsConfig(tfds.core.BuilderConfig):
    """Sequences, how they are split, and how their hands are cut out.

    Args:
        name: Name of the configuration.
        splits: dict from split to the names of its subjects or of whole sequences,
            `{"train": ("171026_pose3",), "test": ("anna",)}`. A subject that is named
            is taken out of the sequences that are. Subjects that appear in two splits
            are refused.
        sequences: Names of the sequences' folders; those named in `splits` if None.
        variant: Variant of the synthetic dome to render, None for real sequences.
        preparation: `Preparation` settings: crops and filters.

    Example:
        ```python
        config = PanopticHandsConfig(
            name="office",
            splits={"train": ("anna",), "test": ("ben",)},
            sequences=("170407_office2",),
            preparation=Preparation(min_score=0.5),
        )
        tfds.load("panoptic_hands", builder_kwargs={"config": config})
        ```
    """

    splits: dict[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    sequences: tuple[str, ...] | None = None
    variant: str | None = None
    preparation: Preparation = dataclasses.field(default_factory=Preparation)

    @property
    def sequence_names(self) -> tuple[Any, ...]:
        """Names of all sequences, in the order in which they are prepared."""
        if self.sequences is not None:
            return tuple(self.sequences)
        return tuple(name for names in self.splits.values() for name in names)

    @property
    def labelled_images(self) -> dict[Any, Any]:
        """Images with a flawless right hand by subject, {} if not known beforehand."""
        return {
            f"S{spec.subject}": spec.num_instants * len(spec.cameras)
            for spec in (sequences_of(self.variant) if self.variant else ())
        }

    def split_of(self, sequence: str, subject: str | None) -> Any:
        """Split of a subject in a sequence, or None if it is in no split."""
        for name in (subject, sequence):
            for split, names in self.splits.items():
                if name in names:
                    return split
        return None


def _synthetic(variant, description):
    splits = {}
    for spec in sequences_of(variant):
        splits[spec.split] = (*splits.get(spec.split, ()), spec.name)
    return PanopticHandsConfig(
        name=f"synthetic_{variant}",
        description=description,
        splits=splits,
        variant=variant,
    )


BUILTIN_CONFIGS = (
    _synthetic("tiny", "Synthetic dome, 3 subjects, 3 views; seconds to make."),
    _synthetic("mini", "Synthetic dome, 12 subjects, 8 views; about two minutes."),
    _synthetic(
        "full",
        "Synthetic dome, 12 subjects, 8 views; as many labelled images per subject "
        "as in the paper. Half an hour on two cores.",
    ),
    PanopticHandsConfig(
        name="panoptic",
        description="The CMU Panoptic sequences of the paper; download them first.",
        splits=PAPER_SPLITS,
    ),
)
