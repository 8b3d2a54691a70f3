"""Lens models that a calibration may state, and which of them are supported."""

from typing import Any

from hand_geo_keras.errors import CalibrationError
from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.geometry.lenses import FISHEYE, PINHOLE

_FIELDS = (
    *("model", "camera_model", "cameramodel", "lens_model", "lensmodel", "distortion"),
    *("distortion_model", "distortionmodel", "projection", "projection_model", "lens"),
    *("camera_type", "distortion_type", "calibration_model", "type"),
)
_FISHEYE = {
    *(
        "fisheye",
        "equidistant",
        "equi",
        "kannala",
        "brandt",
        "kb4",
        "kb8",
    ),
    *("opencv_fisheye", "kannala_brandt", "kannalabrandt", "opencvfisheye"),
}
# More coefficients than those of `cv2.fisheye`; KB8 is another name of its four.
_LONGER_FISHEYES = {"fisheye624", "fisheye62", "rad_tan_thin_prism_fisheye"}
_OTHERS = {
    *("omni", "omnidir", "mei", "ds", "doublesphere", "double_sphere", "eucm", "fov"),
    *("scaramuzza", "ocam", "atan", "unified", "spherical", "equirectangular", "thin"),
    *("orthographic", "division", "scheimpflug", "ucm"),
}


def stated_lens(fields: dict[Any, Any], where: object) -> str:
    """The lens that a file says a camera has.

    Args:
        fields: dict from name to value, as the file has them.
        where: File and camera, for the error message.

    Returns:
        `"fisheye"` if the fields say so in any of the usual words, else `"pinhole"`.

    Raises:
        CalibrationError: If the camera is of another model; its coefficients would be
            taken for others without a word.

    Example:
        >>> stated_lens({"distortion_model": "equidistant"}, "camchain.yaml: cam0")
        'fisheye'
    """
    lens = PINHOLE
    for name, value in fields.items():
        plain = str(name).lower().rstrip("0123456789_")
        if plain in ("fisheye", "is_fisheye", "isfisheye") and _is_true(value):
            lens = FISHEYE
        if plain == "xi":
            _refuse("omnidirectional", name, where)
        if plain in _FIELDS and isinstance(value, str):
            text = value.strip().lower().replace("-", "_").replace(" ", "_")
            if text in _FISHEYE or "fisheye" in text or "kannala" in text:
                lens = FISHEYE
            if text in _OTHERS or text in _LONGER_FISHEYES:
                _refuse(text, name, where)
    return lens


def lens_fields(camera: Camera) -> dict[str, str]:
    """What a JSON entry states beside `distCoef` for a lens that is no pinhole."""
    return {} if camera.lens == PINHOLE else {"model": camera.lens}


def _is_true(value):
    if isinstance(value, str):
        return value.strip().lower() in ("true", "yes", "1", "on")
    return bool(value) if isinstance(value, bool | int | float) else False


def _refuse(kind, name, where):
    raise CalibrationError(
        f"{where}: its field {name!r} describes a {kind} lens, but only pinhole "
        "cameras with k1, k2, p1, p2, k3 and fisheyes with k1 to k4 (cv2.fisheye) are "
        "supported; undistort the videos first and write the new K with zero "
        "distortion, or calibrate with one of these models."
    )
