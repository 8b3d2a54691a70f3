"""Entry points that write recordings, calibrations, labels and prepared instants."""

import functools

import numpy as np

from hand_geo_keras.calibration import (
    Board,
    calibrate_board,
    write_calibration_report,
)
from hand_geo_keras.datasets import prepare_recording, write_wild
from hand_geo_keras.datasets.preparation import Preparation
from hand_geo_keras.errors import StorageError
from hand_geo_keras.io import write_bytes
from hand_geo_keras.labelling import (
    choose_frames,
    label_recording,
    write_chosen_frames,
    write_overlays,
)
from hand_geo_keras.recordings import open_recording, write_rig
from hand_geo_keras.recordings.calibration_files import (
    convert_calibration,
    write_rig_json,
)
from hand_geo_keras.recordings.capture import record_cameras
from hand_geo_keras.synthetic import SequenceSpec, write_dome
from hand_geo_keras.viewer.correct.correction_session import CorrectionSession
from hand_geo_keras.viewer.page.request_error import RequestError
from tests.calibration import board_films
from tests.entry_points.entry_point import EntryPoint, contents, nothing
from tests.labelling.fake_reader import FakeReader
from tests.recordings.conftest import SIZE, make_camera, make_hand, write_video


def write_small_rig(folder):
    """Two cameras, four frames, a hand in each."""
    cameras = [make_camera(name, angle) for name, angle in (("a", 0.0), ("b", 0.5))]
    for camera in cameras:
        write_video(folder / f"{camera.name}.mp4", size=SIZE)
    videos = {camera.name: f"{camera.name}.mp4" for camera in cameras}
    hands = {frame: [make_hand()] for frame in range(4)}
    write_rig(folder, cameras, videos, 30, hands)


def _copied(source, folder, names):
    """Puts the user's own files into a folder in which a command writes beside them."""
    for name in names:
        if not (folder / name).is_file():
            write_bytes(folder / name, (source / name).read_bytes())


def _prepare(source, folder):
    preparation = Preparation(crop_size=16)
    prepare_recording(open_recording(source), folder, preparation, progress=False)


def _dome(frames):
    def run(source, folder):
        del source
        write_dome(folder, [SequenceSpec(2, "train", 1, (5,))], seed=3, frames=frames)

    return run


def _wild(source, folder):
    del source
    preparation = Preparation(crop_size=16, context=1.25)
    write_wild(folder, 64, seed=1, views=1, preparation=preparation)


def _convert(source, folder):
    for ending in ("toml", "yml", "xml", "json"):
        convert_calibration(source / "calibration.json", folder / f"c.{ending}")


def _film_board(folder):
    """Two cameras see a board move."""
    cameras = [
        board_films.webcam("left", (0, 0, 0), (0, 0, 0)),
        board_films.webcam("right", (0, 0.3, 0), (-200, 0, 30)),
    ]
    motion = board_films.board_motion(70, (60, 0, 650), (90, 70, 120))
    board_films.film_board(folder, cameras, motion, board_films.charuco_image())


@functools.cache  # nothing is written meanwhile, so it need not be done for every crash
def _calibration(source):
    board = Board("charuco", board_films.COLUMNS, board_films.ROWS, 25.0)
    return calibrate_board(source, board, synchronised=True, progress=False)


def _calibrate(source, folder):
    result = _calibration(source)
    write_rig_json(folder / "calibration.json", result.cameras, fps=result.fps)
    write_calibration_report(folder / "calibration.html", result)


def _record(source, folder):
    videos = [str(source / f"{name}.mp4") for name in "ab"]
    record_cameras(videos, folder, overwrite=True, progress=False)


def _label(source, folder):
    _copied(source, folder, ("a.mp4", "b.mp4", "calibration.json"))
    recording = open_recording(folder, labels=False)
    labelling = label_recording(recording, FakeReader(), subject="anna", progress=False)
    chosen = choose_frames(labelling.track, 2, [], recording.cameras)
    write_chosen_frames(folder, chosen)
    write_overlays(recording, labelling, folder / "labelling", progress=False)


def _correct(source, folder):
    _copied(source, folder, ("a.mp4", "b.mp4", "calibration.json", "hands3d.json"))
    session = CorrectionSession(open_recording(folder, labels=False))
    try:
        for frame in range(3):
            joints = (make_hand().joints + [3, frame, 0]).tolist()
            session.answer("save", {"frame": frame, "joints": joints})
        session.answer("discard", {"frame": 3})
    except RequestError as error:
        # So is a person told who corrects labels on the page.
        if isinstance(error.__cause__, StorageError):
            raise error.__cause__ from None
        raise


def _labels(folder):
    hands = open_recording(folder)
    return {
        frame: [(h.side, h.corrected, np.round(h.joints, 6).tobytes()) for h in some]
        for frame in range(4)
        if (some := hands.hands(frame))
    }


RECORDING_POINTS = {
    "preparation": EntryPoint(write_small_rig, _prepare, contents),
    "dome": EntryPoint(nothing, _dome("images"), contents),
    "dome, videos": EntryPoint(nothing, _dome("videos"), contents),
    "wild": EntryPoint(nothing, _wild, contents, is_slow=True),
    "convert": EntryPoint(write_small_rig, _convert, contents),
    "calibrate": EntryPoint(_film_board, _calibrate, contents, is_slow=True),
    "record": EntryPoint(write_small_rig, _record, contents, is_slow=True),
    "label": EntryPoint(write_small_rig, _label, contents),
    "correct": EntryPoint(write_small_rig, _correct, _labels),
}
