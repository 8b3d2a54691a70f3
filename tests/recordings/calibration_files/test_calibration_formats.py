"""Tests of calibrations of other tools, each written here as the tool writes it."""

import json

import cv2
import numpy as np
import pytest

from hand_geo_keras.errors import CalibrationError
from hand_geo_keras.recordings.calibration_files import read_calibration
from tests.recordings.calibration_files.conftest import assert_same_cameras


def matrix(name, values):
    """A matrix as `cv2.FileStorage` writes it."""
    values = np.atleast_2d(values)
    data = ", ".join(map(repr, values.ravel().tolist()))
    rows, cols = values.shape
    return (
        f"{name}: !!opencv-matrix\n   rows: {rows}\n   cols: {cols}\n   dt: d\n"
        f"   data: [ {data} ]\n"
    )


def relative(cameras):
    """Rotation and translation from the first camera's frame to the second's."""
    first, second = cameras
    R = second.R @ first.R.T
    return R, second.t - R @ first.t


def assert_same_pair(cameras, expected):
    """The same lenses, and the same pose of the second relative to the first."""
    for camera, other in zip(cameras, expected, strict=True):
        np.testing.assert_allclose(camera.K, other.K)
        np.testing.assert_allclose(camera.distortion, other.distortion)
        assert camera.resolution == other.resolution
    for given, wanted in zip(relative(cameras), relative(expected)):
        np.testing.assert_allclose(given, wanted, atol=1e-7)


def write_easymocap(folder, cameras, sizes=False):
    names = "".join(f'   - "{camera.name}"\n' for camera in cameras)
    head = f"%YAML:1.0\n---\nnames:\n{names}"
    intri, extri = head, head
    for camera in cameras:
        name, (width, height) = camera.name, camera.resolution
        intri += matrix(f"K_{name}", camera.K)
        intri += matrix(f"dist_{name}", camera.distortion)
        if sizes:
            intri += f"H_{name}: {height}\nW_{name}: {width}\n"
        extri += matrix(f"R_{name}", cv2.Rodrigues(camera.R)[0])
        extri += matrix(f"Rot_{name}", camera.R)
        extri += matrix(f"T_{name}", camera.t[:, None] / 1000)
    (folder / "intri.yml").write_text(intri)
    (folder / "extri.yml").write_text(extri)
    return folder


@pytest.mark.parametrize("source", ["", "intri.yml", "extri.yml"])
def test_easymocap(tmp_path, stereo, source):
    folder = write_easymocap(tmp_path, stereo, sizes=True)
    cameras = read_calibration(folder / source, unit="m")
    assert_same_cameras(cameras, stereo)


def test_easymocap_of_other_cameras(tmp_path, stereo):
    path = write_easymocap(tmp_path, stereo) / "intri.yml"
    path.write_text(path.read_text().replace("names:\n", 'names:\n   - "top"\n'))
    with pytest.raises(CalibrationError, match=r"files disagree on \['names'\].*top"):
        read_calibration(tmp_path, "m", (640, 480))


def test_easymocap_without_sizes_or_unit(tmp_path, stereo):
    folder = write_easymocap(tmp_path, stereo)
    assert_same_cameras(read_calibration(folder, "m", (640, 480)), stereo)
    with pytest.raises(CalibrationError, match="how large the images are"):
        read_calibration(folder, "m")
    with pytest.raises(CalibrationError, match="pass unit="):
        read_calibration(folder, resolution=(640, 480))
    (folder / "extri.yml").unlink()
    with pytest.raises(CalibrationError, match=r"give intri\.yml and extri\.yml"):
        read_calibration(folder / "intri.yml", "m", (640, 480))


def kalibr(cameras, **changes):
    R, t = relative(cameras)
    lines = []
    for number, camera in enumerate(cameras):
        K = camera.K
        fields = {
            "camera_model": "pinhole",
            "distortion_coeffs": camera.distortion[:4].tolist(),
            "distortion_model": "radtan",
            "intrinsics": [K[0, 0], K[1, 1], K[0, 2], K[1, 2]],
            "resolution": list(camera.resolution),
        }
        if number:
            pose = np.eye(4)
            pose[:3, :3], pose[:3, 3] = R, t / 1000
            fields["T_cn_cnm1"] = pose.tolist()
        fields |= changes
        lines.append(f"cam{number}:\n")
        lines += [f"  {k}: {json.dumps(v, default=float)}\n" for k, v in fields.items()]
    return "".join(lines)


@pytest.fixture
def without_k3(stereo):
    """Kalibr's radtan model has four coefficients."""
    import dataclasses

    return [dataclasses.replace(c, distortion=[*c.distortion[:4], 0.0]) for c in stereo]


def test_kalibr(tmp_path, without_k3):
    path = tmp_path / "camchain.yaml"
    path.write_text(kalibr(without_k3))
    assert_same_pair(read_calibration(path), without_k3)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"camera_model": "ds"}, "ds lens"),
        ({"camera_model": "omni"}, "omni lens"),
        ({"intrinsics": [1, 2, 3]}, "'intrinsics' must be 4"),
        ({"resolution": [640, 480.5]}, "image size must be two"),
        ({"T_cn_cnm1": [[1]]}, r"cam1: 'T_cn_cnm1' must be 16"),
        (
            {"T_cn_cnm1": [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [2, 3, 4, 1]]},
            "cam1: the last row of 'T_cn_cnm1' must be 0, 0, 0, 1",
        ),
    ],
)
def test_malformed_kalibr(tmp_path, without_k3, changes, match):
    path = tmp_path / "camchain.yaml"
    path.write_text(kalibr(without_k3, **changes))
    with pytest.raises(CalibrationError, match=match):
        read_calibration(path)


def test_jarvis(tmp_path, stereo):
    """JARVIS stores transposes: it multiplies row vectors."""
    for camera in stereo:
        text = "%YAML:1.0\n---\n" + matrix("T", camera.t[:, None])
        text += matrix("R", camera.R.T) + matrix("intrinsicMatrix", camera.K.T)
        text += matrix("distortionCoefficients", camera.distortion)
        (tmp_path / f"{camera.name}.yaml").write_text(text)
    cameras = read_calibration(tmp_path, "mm", (640, 480))
    assert_same_cameras(cameras, stereo)
    # A point as JARVIS projects it: [X 1] [R; T] intrinsicMatrix.
    point = np.array([10.0, -20, 300])
    row = (point @ stereo[0].R.T + stereo[0].t) @ stereo[0].K.T
    import dataclasses

    pinhole = dataclasses.replace(cameras[0], distortion=np.zeros(5))
    np.testing.assert_allclose(pinhole.project(point), row[:2] / row[2])
    with pytest.raises(CalibrationError, match="how large the images are"):
        read_calibration(tmp_path, "mm")


def test_cmu_panoptic(tmp_path, stereo):
    """In centimetres, which the file does not say; other files must say it."""
    entries = [
        {
            "name": camera.name,
            "type": "hd",
            "panel": 0,
            "node": number,
            "resolution": list(camera.resolution),
            "K": camera.K.tolist(),
            "distCoef": camera.distortion.tolist(),
            "R": camera.R.tolist(),
            "t": (camera.t[:, None] / 10).tolist(),
        }
        for number, camera in enumerate(stereo)
    ]
    path = tmp_path / "calibration_171026_pose1.json"
    path.write_text(json.dumps({"calibDataSource": "160906", "cameras": entries}))
    assert_same_cameras(read_calibration(path), stereo)
    assert_same_cameras(read_calibration(tmp_path), stereo)
    plain = [{k: v for k, v in e.items() if k not in ("type", "node")} for e in entries]
    path.write_text(json.dumps({"cameras": plain}))
    with pytest.raises(CalibrationError, match="'unit' must be one of"):
        read_calibration(path)


def opencv(cameras, size=True):
    R, T = relative(cameras)
    text = "%YAML:1.0\n---\n"
    for number, camera in enumerate(cameras, 1):
        text += matrix(f"K{number}", camera.K) + matrix(f"D{number}", camera.distortion)
    text += matrix("R", R) + matrix("T", T[:, None])
    return text + ("image_width: 640\nimage_height: 480\n" if size else "")


def test_opencv_in_two_files(tmp_path, stereo):
    head, tail = opencv(stereo, size=False).split("R: ")
    (tmp_path / "intrinsics.yml").write_text(head)
    (tmp_path / "extrinsics.yml").write_text(f"%YAML:1.0\n---\nR: {tail}")
    names = ("intrinsics.yml", "extrinsics.yml")
    for source in (
        tmp_path,
        *(tmp_path / name for name in names),
        [tmp_path / name for name in names],
    ):
        cameras = read_calibration(source, "mm", (640, 480))
        assert_same_pair(cameras, stereo)
    (tmp_path / "extrinsics.yml").unlink()
    with pytest.raises(CalibrationError, match="give the file with the other half"):
        read_calibration(tmp_path / "intrinsics.yml", "mm", (640, 480))


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("K1:", "camera_model: fisheye\nK1:", "fisheye lens has the four coeff"),
        ("K1:", "model: KANNALA_BRANDT\nK1:", "fisheye lens"),
        ("K1:", "fisheye: 1\nK1:", "fisheye lens"),
        ("K1:", "model: fisheye624\nK1:", "fisheye624 lens.*undistort"),
        ("K1:", "xi1: 0.8\nK1:", "omnidirectional lens"),
        ("K1:", "camera_model: pinhole\nK1:", None),
        (
            "image_width: 640\nimage_height: 480",
            "image_size: [480, 640]",
            "seems to be",
        ),
        ("image_width: 640\nimage_height: 480", "img_shape: [480, 640]", None),
        ("image_width: 640\nimage_height: 480", "img_shape: [480, 640, 3]", None),
        ("image_width: 640\nimage_height: 480", "image_size: [640, 480]", None),
        ("image_width: 640", "image_width: 640.5", "image size must be two"),
    ],
)
def test_what_an_opencv_file_states(tmp_path, stereo, old, new, match):
    path = tmp_path / "stereo.yml"
    text = opencv(stereo)
    assert old in text
    path.write_text(text.replace(old, new))
    if match is None:
        assert_same_pair(read_calibration(path, "mm"), stereo)
        return
    with pytest.raises(CalibrationError, match=match):
        read_calibration(path, "mm")


def test_four_coefficients_in_a_column_are_a_fisheye(tmp_path, stereo):
    path = tmp_path / "stereo.yml"
    four = [[0.05], [0.01], [-0.002], [0.0007]]
    text = opencv(stereo).replace(
        matrix("D1", stereo[0].distortion), matrix("D1", four)
    )
    path.write_text(text)
    with pytest.raises(CalibrationError, match=r"cv2\.fisheye\.calibrate writes"):
        read_calibration(path, "mm")


def test_a_stated_size_that_only_looks_exchanged_can_be_confirmed(tmp_path, stereo):
    path = tmp_path / "stereo.yml"
    path.write_text(opencv(stereo).replace("640", "48x").replace("480", "640"))
    path.write_text(path.read_text().replace("48x", "480"))
    with pytest.raises(CalibrationError, match="--resolution=640x480"):
        read_calibration(path, "mm")
    assert read_calibration(path, "mm", (480, 640))[0].resolution == (480, 640)


def test_what_is_no_calibration(tmp_path):
    for name, text, match in (
        ("a.yml", "x: 1\n", "is no calibration of a known format"),
        ("a.json", '{"x": 1}', "is no calibration of a known format"),
        ("a.txt", "x", "ending of a calibration file"),
        ("absent.yml", None, "cannot be read"),
        ("absent", None, "ending of a calibration file"),
    ):
        if text is not None:
            (tmp_path / name).write_text(text)
        with pytest.raises(CalibrationError, match=match):
            read_calibration(tmp_path / name)
    with pytest.raises(CalibrationError, match="several calibrations; name the file"):
        read_calibration(tmp_path)
