"""The checklist of a rig as a page: what is wrong first, with the remedy."""

import html

from hand_geo_keras.recordings.rig_check import Finding, RigReport
from hand_geo_keras.recordings.rig_check.finding import LEVELS, runs_text
from hand_geo_keras.visualization.html_page import html_page, html_table

_COLUMNS = ("check", "found", "remedy", "camera", "frames")


def rig_report_page(report: RigReport) -> str:
    """A `RigReport` as HTML text, self-contained.

    Args:
        report: `RigReport`.

    Example:
        ```python
        write_text("check.html", rig_report_page(check_rig(recording)))
        ```
    """
    parts = [f"<p>Worst of all findings: <b>{html.escape(report.level)}</b></p>"]
    for level in reversed(LEVELS):
        rows = [_row(found) for found in report.findings if found.level == level]
        if rows:
            parts.append(f"<h2>{level} ({len(rows)})</h2>")
            parts.append(html_table(_COLUMNS, rows, "plain"))
    return html_page(f"Check of {report.recording}", parts)


def _row(found: Finding) -> tuple[str, ...]:
    frames = runs_text(found.frames) if found.frames else "all"
    return (found.check, found.message, found.fix, found.camera or "all", frames)
