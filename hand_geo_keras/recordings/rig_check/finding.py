"""One line of the checklist."""

import dataclasses
from collections.abc import Sequence

LEVELS = ("ok", "warning", "error")
_LISTED = 4


@dataclasses.dataclass(frozen=True)
class Finding:
    """What one check found.

    Args:
        check: Name of the check, such as `"hand size"`.
        level: `"ok"`, `"warning"` or `"error"`.
        message: What was measured.
        fix: One sentence on what to do about it; empty if all is well.
        camera: Name of the camera that it is about; empty if it is about several.
        frames: Runs `(first, last)` of the instants that it is about; empty for all.
    """

    check: str
    level: str
    message: str
    fix: str = ""
    camera: str = ""
    frames: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        if self.level not in LEVELS:
            raise ValueError(
                f"`level` must be one of {LEVELS}. Received: level={self.level!r}"
            )


def runs_text(runs: Sequence[tuple[int, int]]) -> str:
    """Runs of frames as text: `"frames 3, 10 to 12 and 5 more places"`."""
    texts = [f"{a}" if a == b else f"{a} to {b}" for a, b in runs[:_LISTED]]
    if len(runs) > _LISTED:
        texts.append(f"{len(runs) - _LISTED} more places")
    listed = " and ".join([", ".join(texts[:-1]), texts[-1]] if texts[1:] else texts)
    single = len(runs) == 1 and runs[0][0] == runs[0][1]
    return f"frame{'' if single else 's'} {listed}"
