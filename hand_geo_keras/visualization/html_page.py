"""Self-contained HTML pages: text, tables and figures in one file."""

import base64
import html
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import matplotlib

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1100px; margin: 2em auto;
       padding: 0 1em; color: #222; }
table { border-collapse: collapse; margin: 1em 0; font-size: 14px; }
th, td { padding: 3px 10px; border-bottom: 1px solid #ddd; text-align: right; }
th:first-child, td:first-child { text-align: left; }
th { border-bottom: 2px solid #888; }
td.best { font-weight: 600; }
img { max-width: 100%; }
code { background: #f4f4f4; padding: 2px 4px; }
.scroll { overflow-x: auto; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(300px, 1fr));
           gap: 1em; }
.columns h3 { margin: 0; font-size: 15px; }
.warning { border-left: 4px solid #d08000; background: #fff6e5; padding: 6px 12px;
           margin: 8px 0; }
"""


def html_page(title: str, parts: Any) -> str:
    """A page as HTML text.

    Args:
        title: Heading, plain text.
        parts: Iterable of HTML texts, one below the other.

    Returns:
        str.
    """
    body = "\n".join([f"<h1>{html.escape(title)}</h1>", *parts])
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head>\n"
        f"<body>{body}</body></html>\n"
    )


def html_table(header: Sequence[str], rows: Any) -> Any:
    """A table as HTML text; `**` around a cell's text marks the best of its row.

    Args:
        header: Texts above the columns.
        rows: Sequences of what `str` takes.
    """
    head = "".join(f"<th>{html.escape(str(text))}</th>" for text in header)
    lines = [f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows]
    return (
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead>\n<tbody>'
        + "\n".join(lines)
        + "</tbody></table></div>"
    )


def html_image(caption: str, png: Any, level: int = 2) -> str:
    """A captioned PNG, inside of the page, as HTML text.

    Args:
        caption: Plain text above it.
        png: bytes of the PNG.
        level: Level of the heading, 2 or 3.
    """
    data = base64.b64encode(png).decode()
    text = html.escape(caption)
    return (
        f"<h{level}>{text}</h{level}>\n"
        f'<img alt="{text}" src="data:image/png;base64,{data}">'
    )


def figure_png(figure: Any, dpi: int = 110) -> Any:
    """A matplotlib figure as bytes of a PNG."""
    buffer = BytesIO()
    with matplotlib.rc_context({"savefig.facecolor": "white"}):
        figure.savefig(buffer, format="png", dpi=dpi)
    return buffer.getvalue()


def _cell(text):
    text = html.escape(str(text))
    if "**" in text:
        return f'<td class="best">{text.replace("**", "")}</td>'
    return f"<td>{text}</td>"
