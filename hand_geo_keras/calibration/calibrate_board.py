"""Cameras from videos of a board, from beginning to end."""

from pathlib import Path

import numpy as np

from hand_geo_keras.calibration.advice import calibration_warnings
from hand_geo_keras.calibration.board import Board
from hand_geo_keras.calibration.board_calibration import BoardCalibration, CameraFit
from hand_geo_keras.calibration.board_pose import board_pose
from hand_geo_keras.calibration.board_videos import open_board_videos, track_board
from hand_geo_keras.calibration.bundle_adjustment import Corners, adjust_bundle
from hand_geo_keras.calibration.camera_tree import spanning_tree
from hand_geo_keras.calibration.choose_instants import choose_instants
from hand_geo_keras.calibration.diagnose_board import no_board_error
from hand_geo_keras.calibration.extrinsics import chain_cameras, place_boards
from hand_geo_keras.calibration.frame_offsets import (
    all_pairs,
    check_synchronised,
    frame_offsets,
    pair_offset,
)
from hand_geo_keras.calibration.intrinsics import MIN_VIEWS, calibrate_lens
from hand_geo_keras.errors import CalibrationError

_MAX_SHIFT_SECONDS, _MAX_SHIFT_IMAGES = 10, 100
_POOR_POSE, _POOR_POSE_PX = 3.0, 1.5
_MAX_FOCAL_STD = 0.05


def calibrate_board(
    folder: str | Path,
    board: Board,
    synchronised: bool = False,
    max_frames: int = 6000,
    progress: bool = True,
) -> BoardCalibration:
    """Calibrates any number of cameras from their videos of a board.

    Finds the board in all frames; calibrates each lens from sharp, varied views; finds
    by how many frames the videos started apart, from the board's motion; chains the
    cameras by the pairs that see the board together; and adjusts lenses, cameras and
    boards in one robust bundle adjustment.

    Args:
        folder: Folder with a video, or a folder of numbered images, per camera, named
            like the cameras; str or `pathlib.Path`.
        board: `Board`.
        synchronised: Whether frames of one number are of one instant, so that no
            offsets are estimated.
        max_frames: Frames per camera to search.
        progress: Whether to show progress bars.

    Returns:
        `BoardCalibration`; lengths in mm, the first camera (by name) is the world: x to
        the right, y down, z away from it.

    Raises:
        RecordingError: If videos are missing, unreadable or of different frame rates.
        CalibrationError: If a camera does not show the board often enough, no chain of
            cameras sees it at once, or the views do not fix a lens.

    Example:
        ```python
        result = calibrate_board("board", Board("charuco", 10, 7, square_mm=25))
        write_rig_json("my_rig/calibration.json", result.cameras)
        ```
    """
    sources = open_board_videos(folder)
    tracks = track_board(sources, board, max_frames, progress)
    for track in tracks:
        if len(track.views) < MIN_VIEWS:
            raise no_board_error(track, board, sources[track.name])
    outlying = []
    cameras = [calibrate_lens(track, board, outlying) for track in tracks]
    poses = [_poses(*pair, board, outlying) for pair in zip(tracks, cameras)]
    pairs = _pair_offsets(tracks, cameras, poses, board, synchronised)
    names = [track.name for track in tracks]
    if synchronised:
        check_synchronised(names, pairs)
    offsets = dict.fromkeys(names, 0) if synchronised else frame_offsets(names, pairs)
    by_instant = [
        {frame - offsets[track.name]: pose for frame, pose in known.items()}
        for track, known in zip(tracks, poses)
    ]
    cameras = chain_cameras(cameras, by_instant)
    chosen = choose_instants(tracks, offsets, by_instant, board)  # type: ignore[arg-type]
    corners = _corners(tracks, offsets, by_instant, board, chosen)
    boards = place_boards(cameras, by_instant, chosen)
    adjusted = adjust_bundle(cameras, boards, corners)
    _check_adjusted(adjusted, names)
    fits = _fits(tracks, adjusted)
    dropped = _dropped(tracks, outlying, corners, adjusted)
    remainders = None if synchronised else _remainders(names, pairs, offsets)
    return BoardCalibration(
        board,
        fits,
        offsets,
        remainders,
        tracks[0].fps,
        adjusted.boards,
        dropped,
        calibration_warnings(tracks, fits, pairs, offsets, remainders, synchronised),  # type: ignore[arg-type]
    )


def _poses(track, camera, board, outlying):
    """dict from frame to the `BoardPose` of views that fit the lens."""
    poses = {f: board_pose(board, view, camera) for f, view in track.views.items()}
    poses = {frame: pose for frame, pose in poses.items() if pose is not None}
    errors = [pose.error_px for pose in poses.values()]
    limit = max(_POOR_POSE_PX, _POOR_POSE * np.median(errors))
    poor = [frame for frame, pose in poses.items() if pose.error_px > limit]
    known = {(name, frame) for name, frame, _ in outlying}
    outlying += [
        (track.name, frame, "views whose corners do not fit the lens")
        for frame in poor
        if (track.name, frame) not in known
    ]
    return {frame: pose for frame, pose in poses.items() if frame not in set(poor)}


def _pair_offsets(tracks, cameras, poses, board, synchronised):
    shifts = {}
    for a, b in all_pairs(len(tracks)):
        rate = tracks[a].fps
        limit = _MAX_SHIFT_IMAGES if rate is None else round(_MAX_SHIFT_SECONDS * rate)
        shifts[a, b] = pair_offset(
            cameras[a],
            cameras[b],
            poses[a],
            poses[b],
            (tracks[a].speed, tracks[b].speed),
            board.outline,
            # Only to find a contradiction.
            min(limit, 15) if synchronised else limit,
        )
    return shifts


def _remainders(names, pairs, offsets):
    """Parts of a frame by which cameras differ from the first one they fit."""
    found = dict.fromkeys(names, 0.0)
    for (a, b), pair in pairs.items():
        fits = pair.shift == offsets[names[b]] - offsets[names[a]]
        if a == 0 and pair.moves and fits:
            found[names[b]] = pair.remainder
    return found


def _corners(tracks, offsets, poses, board, chosen):
    """`Corners` of the chosen instants in all cameras."""
    parts = []
    for camera, track in enumerate(tracks):
        for index, instant in enumerate(chosen):
            if instant not in poses[camera]:
                continue
            view = track.views[instant + offsets[track.name]]
            ones = np.ones(len(view.ids), int)
            points = board.corners[view.ids]
            parts.append((camera * ones, index * ones, points, view.pixels))
    return Corners(*map(np.concatenate, zip(*parts)))


def _check_adjusted(adjusted, names):
    cameras, corners = adjusted.cameras, adjusted.corners
    views = np.unique(np.stack([corners.instant, corners.camera], 1), axis=0)
    seen_by = {}
    for instant, camera in views:
        seen_by.setdefault(instant, set()).add(camera)
    shared = {
        pair: count
        for pair in all_pairs(len(names))
        if (count := sum(set(pair) <= cameras for cameras in seen_by.values()))
    }
    _, groups = spanning_tree(len(names), shared)
    if len(groups) > 1:
        lost = ", ".join(names[index] for index in groups[1])
        raise CalibrationError(
            f"The views of {lost} contradict those of {names[0]}: no place of the "
            "camera makes them see one board; make sure that the videos are of the "
            "same take, and that nobody moved a camera."
        )
    for camera, std in zip(cameras, adjusted.lens_std):
        uncertain = float((std[:2] / camera.K[[0, 1], [0, 1]]).max())
        if not uncertain <= _MAX_FOCAL_STD:
            raise CalibrationError(
                f"The views of the board leave the focal length of {camera.name!r} "
                f"open by {uncertain:.0%}; tilt the board by 30 to 45 degrees to all "
                "sides, and show it near and far."
            )


def _fits(tracks, adjusted):
    fits = []
    for index, (track, camera) in enumerate(zip(tracks, adjusted.cameras)):
        mine = adjusted.corners.camera == index
        fits.append(
            CameraFit(
                camera,
                track.path,
                track.num_frames,
                len(track.views),
                len(np.unique(adjusted.corners.instant[mine])),
                adjusted.corners.pixels[mine],
                adjusted.errors[mine],
                adjusted.lens_std[index],
                float(adjusted.center_std[index]),
                track.example,
            )
        )
    return tuple(fits)


def _dropped(tracks, outlying, corners, adjusted):
    dropped = {}
    for track in tracks:
        if track.unreadable:
            dropped[track.name, "frames that cannot be decoded"] = track.unreadable
        if track.unread:
            dropped[track.name, "frames beyond --max_frames"] = track.unread
    for name, _, reason in outlying:
        dropped[name, reason] = dropped.get((name, reason), 0) + 1
    for index, track in enumerate(tracks):
        count = int(((corners.camera == index) & ~adjusted.kept).sum())
        if count:
            dropped[track.name, "single corners far from where they should be"] = count
    return dropped
