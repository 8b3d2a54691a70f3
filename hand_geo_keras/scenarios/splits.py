"""Splits a recording in time, so that no test frame neighbours a training frame."""

import numpy as np


def split_in_time(pool, validation=0.15, test=0.2, gap=5):
    """Splits every sequence into an early, a middle and a late stretch.

    Video frames resemble their neighbours, so a random split would test on copies
    of training frames.

    Args:
        pool: `InstantPool`.
        validation: Share of instants before the test stretch.
        test: Share of instants at the end of each sequence.
        gap: Instants left out between two stretches.

    Returns:
        dict with `train`, `validation` and `test`: ascending int arrays of
        instants.

    Raises:
        ValueError: If a stretch is left empty.
    """
    stretches = {"train": [], "validation": [], "test": []}
    for sequence in np.unique(pool.sequences):
        instants = np.flatnonzero(pool.sequences == sequence)
        instants = instants[np.argsort(pool.frames[instants], kind="stable")]
        test_start = len(instants) - round(test * len(instants))
        validation_start = test_start - round(validation * len(instants))
        stretches["train"].append(instants[: max(0, validation_start - gap)])
        stretches["validation"].append(
            instants[validation_start : max(0, test_start - gap)]
        )
        stretches["test"].append(instants[test_start:])
    split = {name: np.sort(np.concatenate(part)) for name, part in stretches.items()}
    if any(len(instants) == 0 for instants in split.values()):
        raise ValueError(
            "The recording is too short to be split in three; record more or make "
            f"the gap smaller. Received: {len(pool)} instants, "
            f"validation={validation}, test={test}, gap={gap}"
        )
    return split
