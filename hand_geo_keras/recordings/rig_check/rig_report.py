"""The checklist of a rig."""

import dataclasses
from typing import Any

from hand_geo_keras.recordings.rig_check.finding import LEVELS, Finding

_MARKS = {"ok": "ok     ", "warning": "WARNING", "error": "ERROR  "}


@dataclasses.dataclass(frozen=True)
class RigReport:
    """What `check_rig` found.

    Args:
        recording: Name of the recording.
        findings: tuple of `Finding`, in the order of the checks.
    """

    recording: str
    findings: tuple[Finding, ...]

    @property
    def level(self) -> Any:
        """The worst level found."""
        return max((f.level for f in self.findings), key=LEVELS.index, default="ok")

    def text(self) -> str:
        """The report for people: one line per finding, with the fix below it."""
        lines = [f"{self.recording}: {self.level}"]
        for finding in self.findings:
            mark = _MARKS[finding.level]
            lines.append(f"  {mark}  {finding.check}: {finding.message}")
            if finding.fix:
                lines.append(f"           fix: {finding.fix}")
        return "\n".join(lines)

    def to_dict(self) -> dict[Any, Any]:
        """The report as plain values for JSON."""
        return {**dataclasses.asdict(self), "level": self.level}
