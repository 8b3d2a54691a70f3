"""Keypoint tables of DeepLabCut, Lightning Pose and SLEAP, and plain ones."""

import re
from pathlib import Path

import numpy as np

from hand_geo_keras.errors import LabelError
from hand_geo_keras.recordings.text_files import read_table
from hand_geo_keras.recordings.text_files.numbers import whole_number
from hand_geo_keras.recordings.view_labels.keypoint_grid import (
    KIND_OF_WORD,
    KeypointGrid,
    checked_value,
    grid_labels,
)
from hand_geo_keras.recordings.view_labels.label_choice import LabelChoice, View
from hand_geo_keras.recordings.view_labels.view_labels import (
    ViewLabels,
    check_agreement,
)

# Better names first: of several columns the first that is there is the frame.
_FRAME_COLUMNS = (
    *("frame", "frames", "frameid", "frameidx", "frameindex", "framenumber"),
    *("framenum", "frameno", "framenr", "fnum", "videoframe", "imagename", "imagepath"),
    *("imagefile", "image", "img", "images", "filename", "file", "filepath", "path"),
    *("imageid", "imageindex", "index", "idx", "", "unnamed0", "bodyparts", "scorer"),
)
_SOURCE_COLUMNS = (
    *("video", "videoname", "videofile", "videopath", "camera", "cameraname", "cam"),
    *("cameraid", "camid", "view", "viewname"),
)
_FILE_COLUMNS = (
    *("imagename", "imagepath", "imagefile", "image", "img", "images", "filename"),
    *("file", "filepath", "path"),
)
_INDIVIDUAL_COLUMNS = (
    *("individual", "individuals", "track", "trackid", "handedness", "side", "hand"),
    *("person", "personid", "instance", "instanceid", "identity", "animal", "subject"),
)
_KINDS = "|".join(sorted(KIND_OF_WORD, key=len, reverse=True))
_KIND_LAST = re.compile(rf"(.*[^_.\s\-/:(\[])[_.\s\-/:(\[]+({_KINDS})[)\]]?", re.I)
_KIND_FIRST = re.compile(r"([xyuvz])[_.\s\-]*(.+)", re.I)
# Of several columns of one name pandas calls the second `wrist_x.1`.
_REPEATED = re.compile(r"(.+)\.\d+")


def read_keypoint_csv(
    path: Path, choice: LabelChoice | None = None, view: View | None = None
) -> ViewLabels:
    """Reads the 2D joints of one view, one row per image or per hand.

    Understood are the header rows `scorer`, (`individuals`,) `bodyparts`, `coords` of
    DeepLabCut and Lightning Pose, and one header row of columns named `<joint>_x`,
    `<joint>_y` and optionally `<joint>_likelihood` (or `<joint>.x`, `x_<joint>`). The
    frame stands in the column called `frame`, `fnum`, `image` or the like, wherever
    that is, or in DeepLabCut's first columns: a whole number, or an image's name. A
    column `track`, `individual` or `handedness` tells hands apart, one called `video`,
    `camera` or the like the rows of other cameras.

    Args:
        path: File, str or `pathlib.Path`.
        choice: `LabelChoice`; its defaults if None.
        view: `View`; nothing is known of the camera if None.

    Returns:
        `ViewLabels`.

    Raises:
        LabelError: If the file is unreadable, the header or a cell malformed, or it
            is not clear which hand, joint or frame is meant.

    Example:
        ```python
        pixels = read_keypoint_csv("labels_cam0.csv").frames[12]  # [21, 2]
        ```
    """
    table = read_table(Path(path))
    header = _deeplabcut_header(table) or _plain_header(table)
    grid = _grid(table, *header)
    return grid_labels(grid, choice or LabelChoice(), view or View())


def _deeplabcut_header(table):
    """Columns, index columns, column of individuals and first row; None if plain."""
    labels = [row[0].lower() for row in table.rows[:5]]
    if "coords" not in labels or labels.index("coords") == 0:
        return None
    last = labels.index("coords")
    rows = dict(zip(labels, table.rows[:last]))
    bodyparts = rows.get("bodyparts", table.rows[last - 1])
    individuals = rows.get("individuals")
    columns = {
        column: (individuals and individuals[column], bodyparts[column], kind)
        for column, cell in enumerate(table.rows[last])
        if (kind := KIND_OF_WORD.get(cell.lower())) and column < len(bodyparts)
    }
    if not columns:
        raise LabelError(f"{table.path}: its row 'coords' has no x and y.")
    return columns, list(range(max(1, min(columns)))), None, last + 1


def _plain_header(table):
    header = table.rows[0]
    columns = {}
    for column, cell in enumerate(header):
        repeated = _REPEATED.fullmatch(cell)
        if repeated and repeated[1] in header and _name_and_kind(repeated[1])[1]:
            cell = repeated[1]
        name, kind = _name_and_kind(cell)
        if kind:
            columns[column] = (None, name, kind)
    kinds = {kind for _, _, kind in columns.values()}
    if not {"x", "y"} <= kinds:
        raise LabelError(
            f"{table.path}: has neither DeepLabCut's header rows (scorer, bodyparts, "
            "coords) nor columns like wrist_x, wrist_y. "
            f"Received: header={header[:6]}"
        )
    plain = {_plain(cell): i for i, cell in reversed([*enumerate(header)])}
    frame = next((plain[name] for name in _FRAME_COLUMNS if name in plain), None)
    if frame is None:
        raise LabelError(
            f"{table.path}: no column tells the frame; add one called 'frame' with "
            "0-based indices, or 'image' with names like frame_000012.png. "
            f"Received: header={header[:6]} …"
        )
    individual = next((plain[n] for n in _INDIVIDUAL_COLUMNS if n in plain), None)
    sources = [plain[name] for name in _SOURCE_COLUMNS if name in plain]
    for file in (plain[n] for n in _FILE_COLUMNS if n in plain and plain[n] != frame):
        if not _are_images(table, frame, file):
            sources.append(file)
    return columns, [*sources, frame], individual, 1


def _are_images(table, frame, file):
    """Whether a column names one image per frame, which must be that frame's."""
    rows = [row for row in table.rows[1:] if len(row) > max(frame, file)]
    frames = [whole_number(row[frame]) for row in rows]
    names = [row[file] for row in rows]
    if None in frames or len(set(names)) != len(set(zip(frames, names))):
        return False
    if len(set(names)) == 1 < len(rows):
        return False
    check_agreement(frames, names, table.rows[0][frame], table.path)
    return True


def _plain(cell):
    return re.sub(r"[^a-z0-9]+", "", cell.lower())


def _name_and_kind(cell):
    match = _KIND_LAST.fullmatch(cell)
    if match:
        return match[1], KIND_OF_WORD[match[2].lower()]
    match = _KIND_FIRST.fullmatch(cell)
    if match and re.match(r"[_.\s\-]|\d", cell[1:]):
        return match[2], KIND_OF_WORD[match[1].lower()]
    return cell, None


def _grid(table, columns, index, individual, first_row):
    names, rows, values, individuals = [], [], [], []
    width = max(columns) + 1
    for number in range(first_row, len(table.rows)):
        row, where = table.rows[number], table.where(number)
        _check_width(row, table.rows[first_row - 1], width, where)
        names.append("/".join(row[column] for column in index if row[column]))
        rows.append(where.rsplit(": ", 1)[-1])
        values.append([checked_value(row[column], where) for column in columns])
        individuals.append(row[individual] if individual is not None else None)
    if not names:
        raise LabelError(f"{table.path}: has a header but no row; label some frames.")
    return KeypointGrid(
        path=table.path,
        columns=tuple(columns.values()),
        values=np.array(values),
        names=names,
        rows=rows,
        individuals=individuals if individual is not None else None,
        unread=tuple(
            cell
            for column, cell in enumerate(table.rows[first_row - 1])
            if column not in {*columns, *index, individual}
            and _plain(cell) not in _FRAME_COLUMNS
        ),
    )


def _check_width(row, header, width, where):
    surplus = [cell for cell in row[len(header) :] if cell]
    if len(row) < max(width, len(header)) or surplus:
        raise LabelError(
            f"{where} has {len(row)} cells but the header {len(header)}; the file may "
            "be cut off."
        )
