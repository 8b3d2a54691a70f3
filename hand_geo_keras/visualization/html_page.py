"""Self-contained HTML pages: text, tables and figures in one file."""

import base64
import html
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import matplotlib

_STYLE = """
:root { color-scheme: light dark; --page: #fff; --ink: #1f2329; --soft: #5b6472;
        --line: #d9dde4; --code: #f1f3f6; --warn: #fff6e5; }
@media (prefers-color-scheme: dark) {
  :root { --page: #14171d; --ink: #e7eaf0; --soft: #9aa5b5; --line: #343c49;
          --code: #222833; --warn: #3a2f1a; }
}
* { box-sizing: border-box; }
body { font: 15px/1.55 system-ui, sans-serif; max-width: 1200px; margin: 1.5rem auto;
       padding: 0 1rem; color: var(--ink); background: var(--page); }
h1 { font-size: 1.5rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2rem 0 .4rem; }
ul { padding-left: 1.2rem; }
li { margin: .3rem 0; }
p, li, figcaption { max-width: 75ch; }
figure { margin: .6rem 0; }
figcaption, .soft { color: var(--soft); font-size: .92rem; }
img { display: block; max-width: 100%; height: auto; background: #fff;
      border-radius: 6px; }
.scroll { overflow-x: auto; max-width: 100%; margin: .6rem 0; }
.scroll > img { max-width: none; min-width: 1500px; }
table { border-collapse: collapse; font-size: .92rem; }
th, td { padding: .25rem .7rem; border-bottom: 1px solid var(--line);
         text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
th:first-child, td:first-child { text-align: left; position: sticky; left: 0;
         background: var(--page); }
th { border-bottom: 2px solid var(--soft); vertical-align: bottom; }
th:first-child { white-space: normal; }
td.best { font-weight: 650; }
.plain th { text-align: left; }
.plain td { white-space: normal; overflow-wrap: anywhere; text-align: left; }
code { background: var(--code); padding: .1rem .3rem; border-radius: 4px;
       overflow-wrap: anywhere; }
.columns { display: grid; gap: 1em;
           grid-template-columns: repeat(auto-fit, minmax(min(300px, 100%), 1fr)); }
.columns h3 { margin: 0; font-size: 15px; }
.tiles { display: grid; gap: .3rem 1rem;
         grid-template-columns: repeat(auto-fill, minmax(min(230px, 46%), 1fr)); }
.tiles img { width: 100%; }
.warning { border-left: 4px solid #d08000; background: var(--warn); padding: 6px 12px;
           margin: 8px 0; }
@media (max-width: 600px) {
  body { margin-top: .8rem; font-size: 16px; }
  td:first-child { white-space: normal; max-width: 46vw; }
  .scroll:not(.plain) td:first-child { min-width: 7.5rem; }
}
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


def html_table(header: Sequence[str], rows: Any, kind: str = "") -> Any:
    """A table as HTML text; `**` around a cell's text marks the best of its row.

    Args:
        header: Texts above the columns.
        rows: Sequences of what `str` takes.
        kind: `"plain"` for text instead of numbers: it is broken and stands left.
    """
    head = "".join(f"<th>{html.escape(str(text))}</th>" for text in header)
    lines = [f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows]
    body = "\n".join(lines)
    return (
        f'<div class="scroll {kind}" tabindex="0"><table><thead><tr>{head}</tr></thead>'
        f"\n<tbody>{body}</tbody></table></div>"
    )


def html_image(
    title: str,
    png: Any,
    level: int = 2,
    caption: str = "",
    is_wide: bool = False,
    least_width: int = 0,
) -> str:
    """A PNG, inside of the page, as HTML text.

    Args:
        title: Plain text above it; empty for none.
        png: bytes of the PNG.
        level: Level of the heading, 2 or 3.
        caption: Plain text below it: what it shows.
        is_wide: Whether it is kept large, and scrolls sideways where it does not fit.
        least_width: Pixels below which it scrolls sideways instead of shrinking.
    """
    data = base64.b64encode(png).decode()
    image = (
        f'<img alt="{html.escape(caption or title)}"{_least(least_width)} '
        f'src="data:image/png;base64,{data}">'
    )
    if is_wide or least_width:
        image = f'<div class="scroll" tabindex="0">{image}</div>'
    if is_wide:
        caption = f"{caption} Scroll the figure sideways to see all of it.".strip()
    if caption:
        caption = f"<figcaption>{html.escape(caption)}</figcaption>"
    heading = title and f"<h{level}>{html.escape(title)}</h{level}>\n"
    return f"{heading}<figure>{image}{caption}</figure>"


def html_columns(boxes: Any, kind: str = "columns") -> str:
    """HTML texts side by side, as many as the screen has room for.

    Args:
        boxes: HTML texts.
        kind: `"columns"`, or `"tiles"` for small images, of which a phone shows two.
    """
    inside = "".join(f"<div>{box}</div>" for box in boxes)
    return f'<div class="{kind}">{inside}</div>'


def html_list(texts: Sequence[str]) -> str:
    """Plain texts as a list with bullets; nothing without any."""
    items = "".join(f"<li>{html.escape(text)}</li>" for text in texts)
    return f"<ul>{items}</ul>" if items else ""


def html_section(heading: str, content: str) -> str:
    """A content below a heading, as HTML text; nothing where there is no content."""
    return content and f"<h2>{html.escape(heading)}</h2>\n{content}"


def figure_png(figure: Any, dpi: int = 110) -> Any:
    """A matplotlib figure as bytes of a PNG."""
    buffer = BytesIO()
    with matplotlib.rc_context({"savefig.facecolor": "white"}):
        figure.savefig(buffer, format="png", dpi=dpi)
    return buffer.getvalue()


def _least(width):
    return f' style="max-width: 100%; min-width: {width}px"' if width else ""


def _cell(text):
    text = html.escape(str(text))
    if "**" in text:
        return f'<td class="best">{text.replace("**", "")}</td>'
    return f"<td>{text}</td>"
