"""The rows of Table 1: which subjects are annotated, and how much of them."""

import dataclasses
from typing import Any

from hand_geo_keras.errors import DatasetError
from hand_geo_keras.scenarios.job import Labels

# N-MPJPE in mm of the columns that the paper has.
PAPER_CONFIGURATIONS = (
    "supervised",
    "pre_trained",
    "pre_trained_aug",
    "semi_supervised",
)
# All counts of the paper are multiples of 16, its batch size.
_MULTIPLE = 16


@dataclasses.dataclass(frozen=True)
class LabelBudget:
    """One row of Table 1.

    Args:
        annotations: Number of annotated images in the paper; the row's name.
        subjects: The first so many training subjects are annotated.
        fraction: Fraction of their images that is annotated, or None for the paper's
            count itself (the rows of 1, 5 and 10 % of the first subject, which a
            smaller dataset keeps as counts because they are few labels anywhere).
        paper: The paper's N-MPJPE in mm for each of `PAPER_CONFIGURATIONS`.
    """

    annotations: int
    subjects: int
    fraction: float | None
    paper: tuple[float, ...]

    @property
    def name(self) -> str:
        """The row's name on the command line and in files."""
        return str(self.annotations)

    @property
    def paper_n_mpjpe_mm(self) -> dict[Any, Any]:
        """dict from configuration to the paper's N-MPJPE in mm."""
        return dict(zip(PAPER_CONFIGURATIONS, self.paper))

    def describe(self) -> Any:
        """What is annotated, as text."""
        who = "S0" if self.subjects == 1 else f"S0..S{self.subjects - 1}"
        if self.fraction is None:
            return f"some of {who}"
        return who if self.fraction == 1 else f"{self.fraction:.0%} of {who}"


TABLE_1 = (
    LabelBudget(64, 1, None, (50.97, 33.08, 30.40, 37.19)),
    LabelBudget(320, 1, None, (38.33, 28.49, 26.89, 32.70)),
    LabelBudget(640, 1, None, (34.30, 27.40, 26.07, 30.62)),
    LabelBudget(3248, 1, 0.5, (29.22, 25.36, 24.60, 27.96)),
    LabelBudget(6512, 1, 1.0, (26.82, 25.08, 24.02, 26.99)),
    LabelBudget(9392, 2, 1.0, (24.09, 23.81, 22.95, 25.10)),
    LabelBudget(13136, 3, 1.0, (20.46, 22.32, 21.70, 21.15)),
    LabelBudget(18624, 5, 1.0, (18.22, 21.80, 21.62, 19.37)),
    LabelBudget(28592, 9, 1.0, (16.46, 21.17, 21.42, 18.13)),
)


def budgets_of(split: Any) -> dict[Any, Any]:
    """The rows of Table 1 that a dataset can fill, with its own counts.

    Args:
        split: `Split` by subject.

    Returns:
        dict from row name to `Labels`, fewest annotations first. A row is left out if
        the dataset has too few subjects or images for it.
    """
    rows = {}
    for budget in TABLE_1:
        available = len(split.annotatable(budget.subjects))
        wanted = budget.annotations
        if budget.fraction is not None:
            wanted = int(budget.fraction * available) // _MULTIPLE * _MULTIPLE
        has_subjects = len(split.subjects["train"]) >= budget.subjects
        if has_subjects and 0 < wanted <= available:
            rows[budget.name] = Labels(wanted, budget.subjects)
    return dict(sorted(rows.items(), key=lambda row: row[1].count))


def smallest_budget(split: Any, count: int) -> Labels:
    """`Labels` of so many images, of as few subjects as have them.

    Raises:
        DatasetError: If all training subjects together have fewer, or it is not
            positive.
    """
    if count < 1:
        raise DatasetError(
            "This study trains on labels only; leave numbers below 1 out. Received: "
            f"--labels={count}"
        )
    for labels in budgets_of(split).values():
        if labels.count >= count:
            return dataclasses.replace(labels, count=count)
    raise DatasetError(
        f"Dataset {split.name!r} is too small for {count} labels; its training "
        f"subjects have {len(split.annotatable())} labelled images"
    )
