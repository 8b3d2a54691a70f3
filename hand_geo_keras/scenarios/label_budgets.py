"""The rows of Table 1: which subjects are annotated, and how much of them."""

import dataclasses

import numpy as np

from hand_geo_keras.errors import DatasetError

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
        share: Share of their images that is annotated, or None for the paper's
            count itself (the rows of 1, 5 and 10 % of the first subject, which a
            smaller dataset keeps as counts because they are few labels anywhere).
        paper: The paper's N-MPJPE in mm for each of `PAPER_CONFIGURATIONS`.
    """

    annotations: int
    subjects: int
    share: float | None
    paper: tuple[float, ...]

    @property
    def name(self):
        """The row's name on the command line and in files."""
        return str(self.annotations)

    @property
    def paper_n_mpjpe_mm(self):
        """dict from configuration to the paper's N-MPJPE in mm."""
        return dict(zip(PAPER_CONFIGURATIONS, self.paper))

    def describe(self):
        """What is annotated, as text."""
        who = "S0" if self.subjects == 1 else f"S0..S{self.subjects - 1}"
        if self.share is None:
            return f"some of {who}"
        return who if self.share == 1 else f"{self.share:.0%} of {who}"


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


def budgets_of(images_per_subject):
    """The rows of Table 1 that a dataset can fill, with its own counts.

    Args:
        images_per_subject: Number of labelled images of each training subject, in
            the order in which subjects are annotated.

    Returns:
        dict from row name to `(LabelBudget, annotations)`, fewest annotations first.
        A row is left out if the dataset has too few subjects or images for it.

    Example:
        ```python
        >>> [count for _, count in budgets_of([240, 240]).values()]
        [64, 112, 240, 480]

        ```
    """
    rows = {}
    for budget in TABLE_1:
        available = sum(images_per_subject[: budget.subjects])
        wanted = budget.annotations
        if budget.share is not None:
            wanted = int(budget.share * available) // _MULTIPLE * _MULTIPLE
        if len(images_per_subject) >= budget.subjects and 0 < wanted <= available:
            rows[budget.name] = (budget, wanted)
    return dict(sorted(rows.items(), key=lambda row: row[1][1]))


def annotated_views(pool, subjects, budget, annotations, seed=0):
    """Chooses the annotated images of a budget at random, without repetition.

    Budgets of one seed are nested as long as they annotate the same subjects.
    Only right hands are annotated; left ones serve view synthesis.

    Args:
        pool: `InstantPool` of the training subjects.
        subjects: Names of the training subjects in the order of annotation.
        budget: `LabelBudget`.
        annotations: Number of images, as `budgets_of` gives it.
        seed: Seed of the choice.

    Returns:
        `[annotations]` int indices of views.

    Raises:
        DatasetError: If the subjects have fewer labelled images.
    """
    available = labelled_right_views(pool, subjects[: budget.subjects])
    if annotations > len(available):
        raise DatasetError(
            f"The row {budget.name!r} of Table 1 needs {annotations} annotated images "
            f"but its subjects have {len(available)}; choose a smaller row"
        )
    return np.random.default_rng(seed).permutation(available)[:annotations]


def labelled_right_views(pool, subjects):
    """Ascending indices of the labelled views of right hands of some subjects."""
    usable = pool.labelled & ~pool.mirrored & np.isin(pool.subjects, list(subjects))
    return np.flatnonzero(usable[pool.instant_of_view])
