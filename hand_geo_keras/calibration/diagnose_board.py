"""Why no board was found: another kind, other markers, another number of squares."""

import dataclasses
from typing import Any

import cv2
import numpy as np

from hand_geo_keras.calibration.board import Board
from hand_geo_keras.calibration.board_videos import BoardTrack, frames_of
from hand_geo_keras.errors import CalibrationError

_NUM_IMAGES = 8
_SEARCH_SIDE = 640
_NO_VIEW = (
    "no other known board is seen either; show the whole board, larger, in even light, "
    "and hold it still now and then"
)
_FEW_VIEWS = (
    "film it longer, in even light: near and far, tilted to all sides and in all "
    "corners of the image"
)
_FAMILIES = (
    *("DICT_4X4_250", "DICT_5X5_250", "DICT_6X6_250", "DICT_7X7_250"),
    *("DICT_ARUCO_ORIGINAL", "DICT_APRILTAG_36h11"),
)
_MIN_MARKERS = 4
_SIDES = range(3, 21)
# Marker corners within this part of a marker of where the layout has them.
_CLOSE = 0.15


def no_board_error(track: BoardTrack, board: Board, source: Any) -> CalibrationError:
    """The error for a camera whose frames do not show the board that was named.

    Looks into some of its frames for other boards, so that the message can name what
    is there.

    Args:
        track: `BoardTrack` with too few views.
        board: `Board` that was searched for.
        source: `VideoFrames` or `ImageFrames` of the camera.
    """
    present = frames_of(source)[: track.num_frames]
    places = np.linspace(0, len(present) - 1, _NUM_IMAGES).astype(int)
    frames = [present[place] for place in np.unique(places)]
    greys = [
        cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        for _, image in source.read(frames)
        if image is not None
    ]
    seen = len(track.views)
    found = f"only {seen} of its {track.num_frames} frames show"
    if not seen:
        found = f"none of its {track.num_frames} frames shows"
    general = _FEW_VIEWS if seen else _NO_VIEW
    advice = _other_board(greys, board) or general
    return CalibrationError(
        f"{track.path}: {found} the board ({board.description}); {advice}."
    )


def _other_board(greys, board):
    """What the images show instead, and the argument that says so; None if nothing."""
    for family in (board.dictionary, *_FAMILIES):
        if family is None:
            continue
        some = greys if family == board.dictionary else greys[::2]
        corners, ids = _most_markers(some, family)
        if len(ids) < _MIN_MARKERS:
            continue
        if board.kind == "chessboard":
            return "they show the markers of a ChArUco board: give --board=charuco"
        if family != board.dictionary and not _same_bits(family, board.dictionary):
            return f"they show markers of {family}: give --dictionary={family}"
        return _other_layout(corners, ids, board)
    return _other_chessboard(greys, board)


def _most_markers(greys, family):
    """`(corners [N, 4, 2], ids [N])` of the image with the most markers."""
    code = getattr(cv2.aruco, family)
    detector = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(code))
    best = np.empty((0, 4, 2)), np.empty(0, int)
    for grey in greys:
        corners, ids, _ = detector.detectMarkers(grey)
        if ids is not None and len(ids) > len(best[1]):
            best = np.reshape(corners, (-1, 4, 2)), ids.ravel()
    return best


def _same_bits(family, other):
    return family.split("_")[1] == other.split("_")[1]


def _other_layout(corners, ids, board):
    """Squares of a board on which the markers lie as in the image."""
    best = max(_layouts(ids, board), key=lambda layout: _fitting(corners, ids, layout))
    needed = max(_MIN_MARKERS, 0.7 * len(ids))
    if _fitting(corners, ids, best) < needed or _is_like(best, board):
        return None
    legacy = " --legacy_pattern" if best.legacy else ""
    return (
        f"its markers lie as on a board of about {best.columns}x{best.rows} squares: "
        f"count them and give --squares={best.columns}x{best.rows}{legacy}"
    )


def _is_like(layout, board):
    return (layout.columns, layout.legacy) == (board.columns, board.legacy) and (
        layout.rows <= board.rows
    )


def _layouts(ids, board):
    for legacy in (False, True):
        for columns in _SIDES:
            rows = max(3, -(-2 * (int(ids.max()) + 1) // columns))
            if board.columns == columns and board.columns * board.rows // 2 > ids.max():
                rows = board.rows
            if rows > _SIDES[-1] or columns * rows > 2000:
                continue
            yield dataclasses.replace(
                board, columns=columns, rows=rows, dictionary=None, legacy=legacy
            )


def _fitting(corners: Any, ids: Any, layout: Board) -> Any:
    """Number of markers that lie in the image as on a board."""
    places = dict(zip(layout.charuco.getIds().ravel(), layout.charuco.getObjPoints()))
    known = np.array([marker in places for marker in ids])
    if known.sum() < _MIN_MARKERS:
        return 0
    flat = np.array([places[marker][:, :2] for marker in ids[known]]).reshape(-1, 2)
    pixels = corners[known].reshape(-1, 2)
    side = np.median(np.linalg.norm(corners[:, 0] - corners[:, 1], axis=1))
    H, _ = cv2.findHomography(flat, pixels, cv2.RANSAC, _CLOSE * side)
    if H is None:
        return 0
    mapped = cv2.perspectiveTransform(flat[:, None].astype(float), H)[:, 0]
    near = np.linalg.norm(mapped - pixels, axis=1) < _CLOSE * side
    return int(near.reshape(-1, 4).all(1).sum())


def _other_chessboard(greys, board):
    flags = cv2.CALIB_CB_NORMALIZE_IMAGE | cv2.CALIB_CB_LARGER
    for grey in greys[::2]:  # the detector that tells the size is slow
        scale = min(1.0, _SEARCH_SIDE / max(grey.shape))
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        found, _, meta = cv2.findChessboardCornersSBWithMeta(grey, (3, 3), flags)
        if not found:
            continue
        rows, columns = (side + 1 for side in meta.shape)
        columns, rows = max(columns, rows), min(columns, rows)
        if board.kind == "charuco":
            return f"they show a chessboard of {columns}x{rows} squares: give " + (
                f"--board=chessboard --squares={columns}x{rows}"
            )
        if {columns, rows} != {board.columns, board.rows}:
            return (
                f"they show a chessboard of about {columns}x{rows} squares: count all "
                f"squares, not inner corners, and give --squares={columns}x{rows}"
            )
    return None
