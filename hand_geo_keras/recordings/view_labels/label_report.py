"""What came of importing labels, for people."""

import dataclasses
from typing import Any

from hand_geo_keras.recordings.view_labels.triangulation_report import (
    TriangulationReport,
)


@dataclasses.dataclass(frozen=True)
class LabelCounts:
    """What became of the labels of one file.

    Args:
        source: Camera or file.
        read: Labels in the file.
        used: Labels that are kept.
        dropped: dict from reason to number of the others.
        ignored: Names of keypoints that are no joint of the hand.
        completed: Sentences on joints that are made of others, or that are missing.
    """

    source: str
    read: int
    used: int
    dropped: dict
    ignored: tuple = ()
    completed: tuple = ()

    def text(self) -> str:
        """One line."""
        reasons = ", ".join(f"{n} {reason}" for reason, n in self.dropped.items() if n)
        line = f"{self.source}: {self.read} labels read, {self.used} used"
        if reasons:
            line += f", dropped: {reasons}"
        if self.ignored:
            shown = ", ".join(self.ignored[:6])
            more = len(self.ignored) - 6
            line += f"; no joints of this hand: {shown}"
            line += f" and {more} more" if more > 0 else ""
        return "; ".join([line, *self.completed])


def view_counts(source: Any, view: Any) -> LabelCounts:
    """`LabelCounts` of a `ViewLabels`."""
    return LabelCounts(
        source=source,
        read=view.read,
        used=len(view.frames),
        dropped=dict(view.dropped),
        ignored=view.ignored,
        completed=view.completed,
    )


@dataclasses.dataclass(frozen=True)
class LabelReport:
    """What came of importing labels.

    Args:
        counts: tuple of `LabelCounts`, one per file.
        triangulation: `TriangulationReport`, or None for 3D labels.
        warnings: tuple of sentences on what looks wrong about the hands.
    """

    counts: tuple
    triangulation: TriangulationReport | None = None
    warnings: tuple = ()

    @property
    def mostly_dropped(self) -> bool:
        """Whether more than half of the labels of a file were not used.

        Labels of other hands, folders or frames without any joint do not count.
        """
        return any(_lost(counts) > counts.used for counts in self.counts)

    def text(self) -> str:
        """The report in a few lines."""
        lines = [counts.text() for counts in self.counts]
        if self.triangulation is not None:
            lines.append(self.triangulation.text())
        return "\n".join([*lines, *(f"WARNING: {text}" for text in self.warnings)])


# Labels that are not missed: nothing of the asked hand is in them.
_HARMLESS = {
    *("of another individual", "of another hand", "of another folder or sequence"),
    *("repeated, equal to another", "without a joint", "without keypoints"),
}


def _lost(counts):
    return sum(n for reason, n in counts.dropped.items() if reason not in _HARMLESS)
