"""One line of the checklist."""

import dataclasses

LEVELS = ("ok", "warning", "error")


@dataclasses.dataclass(frozen=True)
class Finding:
    """What one check found.

    Args:
        check: Name of the check, such as `"hand size"`.
        level: `"ok"`, `"warning"` or `"error"`.
        message: What was measured.
        fix: One sentence on what to do about it; empty if all is well.
    """

    check: str
    level: str
    message: str
    fix: str = ""

    def __post_init__(self) -> None:
        if self.level not in LEVELS:
            raise ValueError(
                f"`level` must be one of {LEVELS}. Received: level={self.level!r}"
            )
