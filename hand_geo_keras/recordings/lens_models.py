"""Lens models that a calibration may state, and which of them are supported."""

from typing import Any

from hand_geo_keras.errors import CalibrationError

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
        "fisheye624",
    ),
    *("opencv_fisheye", "kannala_brandt", "kannalabrandt", "opencvfisheye"),
}
_OTHERS = {
    *("omni", "omnidir", "mei", "ds", "doublesphere", "double_sphere", "eucm", "fov"),
    *("scaramuzza", "ocam", "atan", "unified", "spherical", "equirectangular", "thin"),
    *("orthographic", "division", "scheimpflug", "ucm"),
}


def refuse_unsupported_lens(fields: dict[Any, Any], where: object) -> None:
    """Refuses a camera whose file says that its lens is no pinhole with distortion.

    Args:
        fields: dict from name to value, as the file has them.
        where: File and camera, for the error message.

    Raises:
        CalibrationError: If the camera is a fisheye or of another such model; its
            coefficients would be taken for others without a word.
    """
    for name, value in fields.items():
        plain = str(name).lower().rstrip("0123456789_")
        if plain in ("fisheye", "is_fisheye", "isfisheye") and _is_true(value):
            _refuse("fisheye", name, where)
        if plain == "xi":
            _refuse("omnidirectional", name, where)
        if plain in _FIELDS and isinstance(value, str):
            text = value.strip().lower().replace("-", "_").replace(" ", "_")
            if text in _FISHEYE or "fisheye" in text or "kannala" in text:
                _refuse("fisheye", name, where)
            if text in _OTHERS:
                _refuse(text, name, where)


def _is_true(value):
    if isinstance(value, str):
        return value.strip().lower() in ("true", "yes", "1", "on")
    return bool(value) if isinstance(value, bool | int | float) else False


def _refuse(kind, name, where):
    raise CalibrationError(
        f"{where}: its field {name!r} describes a {kind} lens, but only pinhole "
        "cameras with k1, k2, p1, p2, k3 are supported; undistort the videos first "
        "(for a fisheye by cv2.fisheye.initUndistortRectifyMap) and write the new K "
        "with zero distortion, or calibrate with the pinhole model."
    )
