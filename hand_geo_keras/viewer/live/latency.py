"""Where the time from a camera's image to its overlay goes."""

import time
from typing import Any

import numpy as np

STAGES = ("decode", "wait", "network", "smooth", "overlay", "show")
_TOTAL = "total"
# Tracing and first calls of all kinds take their time once.
_WARM_UP = 2


class LatencyBudget:
    """Times of the stages of every frame.

    Args:
        window: Number of last frames that `fps` and `milliseconds` are of.

    Example:
        ```python
        budget = LatencyBudget()
        budget.add({"decode": 0.002, "network": 0.01})
        print(budget.table())
        ```
    """

    def __init__(self, window: int = 30) -> None:
        self._window = window
        self._frames, self._ends = [], []

    def __len__(self) -> int:
        return len(self._frames)

    def add(self, seconds: Any) -> None:
        """Takes the times of one frame: a dict from stage to seconds."""
        self._frames.append({**seconds, _TOTAL: sum(seconds.values())})
        self._ends.append(time.perf_counter())

    @property
    def fps(self) -> Any:
        """Frames per second of the last frames, 0 before there are two."""
        ends = self._ends[-self._window - 1 :]
        if len(ends) < 2:
            return 0.0
        return (len(ends) - 1) / max(ends[-1] - ends[0], 1e-9)

    @property
    def milliseconds(self) -> Any:
        """Median time from image to overlay of the last frames, 0 before the first."""
        totals = [frame[_TOTAL] for frame in self._frames[-self._window :]]
        return 1e3 * float(np.median(totals)) if totals else 0.0

    def summary(self) -> dict[Any, Any]:
        """dict from stage, and `"total"`, to `(median, 95th percentile)` in ms.

        The first frames, in which everything is warmed up, do not count if there are
        more.
        """
        frames = self._frames[_WARM_UP:] or self._frames
        summary = {}
        for stage in (*STAGES, _TOTAL):
            times = [1e3 * frame[stage] for frame in frames if stage in frame]
            if times:
                summary[stage] = tuple(np.percentile(times, (50, 95)).tolist())
        return summary

    def table(self) -> str:
        """The budget as lines of text."""
        if not self._frames:
            return "no frame"
        lines = [f"{len(self)} frames, {self._overall_fps():.1f} per second"]
        lines.append(f"{'latency, ms':<14}{'median':>10}{'95 %':>10}")
        for stage, (median, high) in self.summary().items():
            lines.append(f"{stage:<14}{median:>10.2f}{high:>10.2f}")
        return "\n".join(lines)

    def _overall_fps(self):
        ends = self._ends[_WARM_UP:]
        if len(ends) < 2:
            return self.fps
        return (len(ends) - 1) / max(ends[-1] - ends[0], 1e-9)
