"""Every reader of files that others wrote: a whole file of each, reader and check.

Whatever such a file holds, a reader gives a value of the promised kind or one of the
package's errors.
"""

import base64
import dataclasses
import functools
import json
import types
from collections.abc import Callable

import cv2
import keras
import numpy as np
from safetensors.numpy import save_file

from hand_geo_keras.callbacks import read_log
from hand_geo_keras.callbacks.backup_files import BACKUP, newest_state
from hand_geo_keras.datasets.instant_folder import read_json as read_prepared_json
from hand_geo_keras.geometry.skeleton import JOINT_NAMES
from hand_geo_keras.io import read_json
from hand_geo_keras.labelling.fitted_hands import read_fitted_hands
from hand_geo_keras.labelling.frames_to_correct import CHOSEN, read_chosen_frames
from hand_geo_keras.losses import resnet18_weights
from hand_geo_keras.models import PoseEstimator, save_to_preset
from hand_geo_keras.models.model_files import load_model_file
from hand_geo_keras.prediction import open_boxes
from hand_geo_keras.recordings import open_recording
from hand_geo_keras.recordings.calibration_files import (
    read_calibration,
    write_anipose_toml,
    write_opencv_stereo,
    write_rig_json,
)
from hand_geo_keras.recordings.hand_archive import unpack_hands
from hand_geo_keras.recordings.image_file import read_image
from hand_geo_keras.recordings.mp4_boxes import check_mp4
from hand_geo_keras.recordings.panoptic_labels import PanopticSubjects, parse_hands
from hand_geo_keras.recordings.rig_check.recorded_times import check_recorded_times
from hand_geo_keras.recordings.rig_labels import read_boxes, read_hands3d
from hand_geo_keras.recordings.view_labels import (
    LabelChoice,
    read_anipose_3d,
    read_coco,
    read_deeplabcut_h5,
    read_keypoint_csv,
)
from hand_geo_keras.recordings.write_rig import write_hands3d
from hand_geo_keras.training.trained import TrainedFolder
from hand_geo_keras.viewer.page.images import decode_image
from tests import zoo
from tests.losses.torch_files import save_state_dict
from tests.recordings.calibration_files.test_calibration_formats import (
    kalibr,
    write_easymocap,
)
from tests.recordings.conftest import make_camera, make_hand, write_people, write_video
from tests.recordings.test_hand_archive import NAME, write_tar
from tests.recordings.view_labels.conftest import write_coco, write_dlc
from tests.recordings.view_labels.test_deeplabcut_h5 import write_h5
from tests.recordings.view_labels.test_import_labels import anipose_table

CAMERAS = [make_camera("front", 0.0), make_camera("side", 0.6)]
PIXELS = {frame: CAMERAS[0].project(make_hand().joints) for frame in (3, 4, 12)}
_JOINTS = make_hand().joints


@dataclasses.dataclass(frozen=True)
class Reader:
    """A reader of one kind of file.

    Args:
        write: Writes a whole file; its arg is the path, in a folder of its own.
        read: Reads it; its arg is the path.
        check: Asserts that what `read` returned is what it promises.
        seconds: About how long a damaged file takes; slow ones are sampled in tests.
    """

    write: Callable
    read: Callable
    check: Callable
    seconds: float = 0.001


def _anything(value):
    del value


def _is_dict(value):
    assert isinstance(value, dict)


def check_views(labels):
    for frame, pixels in labels.frames.items():
        assert isinstance(frame, int) and frame >= 0
        assert pixels.shape == (21, 2) and not np.isinf(pixels).any()


def check_hands(hands):
    for frame, of_frame in hands.items():
        assert isinstance(frame, int) and frame >= 0
        for hand in of_frame:
            assert hand.joints.shape == (21, 3)
            assert np.isfinite(hand.joints[hand.valid]).all()


def check_cameras(cameras):
    for camera in cameras:
        assert np.isfinite(camera.K).all() and np.isfinite(camera.t).all()


def _check_found_box(find):
    box = find("a.png", 3)
    assert box is None or (np.isfinite(box).all() and box[2] > 0)


def _check_image(image):
    assert image is None or (image.dtype == np.uint8 and image.shape[2] == 3)


def _check_model(model):
    assert all(np.isfinite(array).all() for array in model.get_weights())


def _check_recording(recording):
    frames = list(recording.frames(recording.cameras[0].name))
    assert len(frames) == recording.num_frames <= 4
    assert all(f is None or f.shape == (48, 64, 3) for _, f in frames)


def _check_tensors(tensors):
    assert all(isinstance(value, np.ndarray) for value in tensors.values())


def _calibration(path):
    return read_calibration(path, "mm", (640, 480))


def _plain_csv(path):
    columns = [f"{name}_{axis}" for name in JOINT_NAMES for axis in "xy"]
    rows = [[frame, *pixels.ravel()] for frame, pixels in PIXELS.items()]
    lines = [["frame", *columns], *rows]
    path.write_text("\n".join(";".join(map(str, line)) for line in lines))


def _opencv_json(path):
    write_opencv_stereo(path.with_suffix(".yml"), CAMERAS)
    values = {}
    storage = cv2.FileStorage(str(path.with_suffix(".yml")), cv2.FILE_STORAGE_READ)
    root = storage.root()
    for name in list(root.keys()):
        node = root.getNode(name)
        if node.isMap():
            matrix = node.mat()
            rows, cols = matrix.shape
            data = matrix.ravel().tolist()
            values[name] = {"rows": rows, "cols": cols, "dt": "d", "data": data}
    path.write_text(json.dumps(values))


def _jarvis(path):
    camera = CAMERAS[0]
    storage = cv2.FileStorage(str(path), cv2.FILE_STORAGE_WRITE)
    storage.write("intrinsicMatrix", camera.K.T.copy())
    storage.write("distortionCoefficients", camera.distortion[None])
    storage.write("R", camera.R.T.copy())
    storage.write("T", camera.t[:, None])
    storage.release()


def _rig(folder):
    """The calibration of two videos, of which one is damaged afterwards."""
    for camera in CAMERAS:
        if not (folder / f"{camera.name}.mp4").is_file():
            write_video(folder / f"{camera.name}.mp4", 4)
    write_rig_json(folder / "calibration.json", CAMERAS, fps=30)


def _images_of(ending):
    def write(path):
        image = np.random.default_rng(0).integers(0, 256, (24, 32, 3), np.uint8)
        path.write_bytes(cv2.imencode(ending, image)[1].tobytes())

    return Reader(write, read_image, _check_image)


def _uploaded(path):
    from hand_geo_keras.viewer.page.request_error import RequestError

    try:
        return decode_image(base64.b64encode(path.read_bytes()).decode())
    except RequestError:  # what the page is told
        return None


def _preset(path):
    save_to_preset(path.parent, zoo.pose_estimator())


def _forgetting(read):
    """Reads weights, then clears what Keras and TensorFlow keep of every network."""

    def read_and_forget(path):
        try:
            return read(path)
        finally:
            keras.utils.clear_session(free_memory=False)

    return read_and_forget


_load_preset = _forgetting(lambda path: PoseEstimator.from_preset(path.parent))


def _weights_without_digest(path):
    """Weights that no checksum protects, as strangers' presets may be."""
    _preset(path)
    config = json.loads((path.parent / "config.json").read_text())
    del config["weights_sha256"]
    (path.parent / "config.json").write_text(json.dumps(config))


def _tensors():
    rng = np.random.default_rng(0)
    return {"a.weight": rng.normal(size=(3, 4)).astype("f4"), "b": np.arange(5)}


def _weights_file(save):
    return Reader(
        lambda path: save(path),
        lambda path: resnet18_weights.read(str(path)),
        _check_tensors,
    )


@functools.cache  # not at import: processes fork from one that has only imported
def _network():
    network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4)])
    network.compile("sgd", "mse")
    return network


def _subjects(path):
    path.write_text(
        json.dumps({"2": "anna", "3": [{"from": 0, "to": 9, "subject": "ben"}]})
    )


def _check_subjects(subjects):
    assert isinstance(subjects.name(3, 5), str)


def _hand_of_panoptic(path):
    from tests.recordings.conftest import panoptic_hand

    written = write_people(path.parent, 3, {"id": 2} | panoptic_hand())
    path.write_bytes(written.read_bytes())


def _read_people(path):
    subjects = PanopticSubjects(path.with_name("none.json"), "sequence")
    return {3: parse_hands(path, 3, subjects, 10.0)[0]}


def _time_stamps(path):
    rows = ["frame,camera,time_ms,repeated"]
    rows += [f"{f},{c},{33.3 * f:.1f},0" for f in range(5) for c in ("front", "side")]
    path.write_text("\n".join(rows) + "\n")


def _check_times(path):
    rig = types.SimpleNamespace(path=path.parent, fps=30.0, cameras=CAMERAS)
    return list(check_recorded_times(rig))


def _backup(path):
    from hand_geo_keras.callbacks.backup_files import write_backup

    state = {"epoch": 4, "batches": 8, "log": [{"epoch": 3, "loss": 1.0}], "best": None}
    write_backup(path.parents[1], _network(), state)


def _check_state(state):
    assert state is None or isinstance(state["epoch"], int)


def _fitted(path):
    arrays = {"frames": np.arange(3), "joints": np.zeros((3, 21, 3), "f4")}
    np.savez_compressed(path, **arrays)


def _cached(path):
    TrainedFolder(str(path.parent)).cached(path.stem, lambda: np.arange(12.0))


def _read_cached(path):
    return TrainedFolder(str(path.parent)).cached(path.stem, lambda: np.arange(12.0))


def _check_cached(array):
    np.testing.assert_array_equal(array, np.arange(12.0))


def _read_boxes(path):
    return read_boxes(path, ["a", "b"])


def _write(text):
    return lambda path: path.write_text(text)


_BOXES = {"a": {"frames": {"3": [10, 20, 30]}}, "b": {"box": [1, 2, 3]}}
_JSON = {"a": [1, 2.5, {"b": None}], "c": "d"}
READERS = {
    # Calibrations.
    "rig.json": Reader(
        lambda p: write_rig_json(p, CAMERAS), _calibration, check_cameras
    ),
    "calibration.json": Reader(
        lambda p: _rig(p.parent),
        lambda p: open_recording(p.parent),
        _check_recording,
        0.01,
    ),
    "anipose.toml": Reader(
        lambda p: write_anipose_toml(p, CAMERAS), _calibration, check_cameras
    ),
    "stereo.yml": Reader(
        lambda p: write_opencv_stereo(p, CAMERAS), _calibration, check_cameras
    ),
    "stereo.xml": Reader(
        lambda p: write_opencv_stereo(p, CAMERAS), _calibration, check_cameras
    ),
    "opencv.json": Reader(_opencv_json, _calibration, check_cameras),
    "kalibr.yaml": Reader(
        lambda p: p.write_text(kalibr(CAMERAS)), _calibration, check_cameras
    ),
    "intri.yml": Reader(
        lambda p: write_easymocap(p.parent, CAMERAS), _calibration, check_cameras
    ),
    "jarvis/front.yaml": Reader(
        _jarvis, lambda p: read_calibration(p.parent, "mm", (64, 48)), check_cameras
    ),
    # Labels and boxes.
    "hands3d.json": Reader(
        lambda p: write_hands3d(p, {3: [make_hand()], 5: [make_hand()]}),
        lambda p: read_hands3d(p, "me"),
        check_hands,
    ),
    "handRecon3D_hd00000003.json": Reader(_hand_of_panoptic, _read_people, check_hands),
    "subjects.json": Reader(
        _subjects, lambda p: PanopticSubjects(p, "sequence"), _check_subjects
    ),
    "coco.json": Reader(lambda p: write_coco(p, PIXELS), read_coco, check_views),
    "deeplabcut.csv": Reader(
        lambda p: write_dlc(p, PIXELS), read_keypoint_csv, check_views
    ),
    "deeplabcut.h5": Reader(write_h5, read_deeplabcut_h5, check_views, 0.02),
    "plain.csv": Reader(_plain_csv, read_keypoint_csv, check_views),
    "anipose_3d.csv": Reader(
        lambda p: p.write_text(anipose_table(_JOINTS)),
        lambda p: read_anipose_3d(p, 1.0, "me", LabelChoice())[0],
        check_hands,
    ),
    "boxes.json": Reader(_write(json.dumps(_BOXES)), _read_boxes, _is_dict),
    "box_track.json": Reader(
        _write(json.dumps(_BOXES["a"])), open_boxes, _check_found_box
    ),
    "boxes.csv": Reader(
        _write("frame,cx,cy,side\n3,10,20,30\n4,10,20,30\n"),
        open_boxes,
        _check_found_box,
    ),
    CHOSEN: Reader(
        _write("frame,disagreement\n3,0.2\n1,0.1\n"),
        lambda p: read_chosen_frames(p.parent),
        _anything,
    ),
    "timestamps.csv": Reader(_time_stamps, _check_times, _anything),
    "hdHand3d.tar": Reader(
        lambda p: write_tar(p, [NAME.format(frame) for frame in (3, 4)]),
        lambda p: unpack_hands(p, p.parent / "hdHand3d"),
        lambda count: count > 0,
        0.002,
    ),
    # Images and videos.
    "image.png": _images_of(".png"),
    "image.jpg": _images_of(".jpg"),
    "image.bmp": _images_of(".bmp"),
    "image.tif": _images_of(".tif"),
    "image.webp": _images_of(".webp"),
    "uploaded.png": dataclasses.replace(_images_of(".png"), read=_uploaded),
    "uploaded.jpg": dataclasses.replace(_images_of(".jpg"), read=_uploaded),
    "front.mp4": Reader(
        lambda p: _rig(p.parent),
        lambda p: open_recording(p.parent),
        _check_recording,
        0.02,
    ),
    "boxes_of.mp4": Reader(lambda p: write_video(p, 4), check_mp4, _anything),
    # Models and weights.
    "preset/config.json": Reader(_preset, _load_preset, _check_model, 0.02),
    "preset/weights.npz": Reader(_preset, _load_preset, _check_model),
    "stranger/weights.npz": Reader(
        _weights_without_digest, _load_preset, _check_model, 0.02
    ),
    "model.keras": Reader(
        lambda p: zoo.pose_estimator().save(p),
        _forgetting(load_model_file),
        _check_model,
        0.02,
    ),
    "weights.pth": _weights_file(lambda p: save_state_dict(p, _tensors())),
    "weights.npz": _weights_file(lambda p: np.savez(p, **_tensors())),
    "weights.safetensors": _weights_file(lambda p: save_file(_tensors(), p)),
    "network.weights.h5": Reader(
        lambda p: _network().save_weights(p),
        _forgetting(lambda p: resnet18_weights.load_keras(_network(), str(p))),
        _anything,
        0.01,
    ),
    # What the package keeps for itself; a disk may damage it.
    "any.json": Reader(_write(json.dumps(_JSON)), read_json, _is_dict),
    "info.json": Reader(_write(json.dumps(_JSON)), read_prepared_json, _is_dict),
    f"{BACKUP}/epoch-000004.npz": Reader(
        _backup, lambda p: newest_state(p.parents[1]), _check_state
    ),
    "fitted.npz": Reader(_fitted, lambda p: read_fitted_hands(p.parent), _is_dict),
    "latents_test.npz": Reader(_cached, _read_cached, _check_cached),
    "log.csv": Reader(_write("epoch,loss\n0,1.5\n1,1.25\n"), read_log, _is_dict),
}


def write_whole(name, folder):
    """Writes a whole file of a reader into a folder; returns its path."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    READERS[name].write(path)
    return path
