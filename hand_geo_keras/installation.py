"""What is installed beside this package, and whether it fits together."""

import importlib.metadata
import re
import sys

from hand_geo_keras._version import __version__

# All of them bring the module `cv2`, so any one will do, and two overwrite each other.
OPENCV = (
    "opencv-python",
    "opencv-python-headless",
    "opencv-contrib-python",
    "opencv-contrib-python-headless",
)
_OPENCV_AT_LEAST = (5, 0)
_LISTED = ("tensorflow", "keras", "keras-cv", "numpy", "tensorflow-datasets")
_OPTIONAL = (
    *("ai-edge-litert", "mediapipe", "onnxruntime", "tf2onnx"),
    *("huggingface_hub", "apache-beam"),
)


def installed_versions() -> dict[str, str]:
    """Versions of Python, of this package and of what it stands on.

    Returns:
        dict from name to version, `"not installed"` where something is missing;
        optional packages are listed only if they are there.

    Example:
        ```python
        installed_versions()["tensorflow"]
        ```
    """
    versions = {"python": sys.version.split()[0], "hand-geo-keras": __version__}
    versions |= {name: _version(name) or "not installed" for name in _LISTED}
    found = {name: _version(name) for name in (*OPENCV, *_OPTIONAL)}
    return versions | {name: version for name, version in found.items() if version}


def installation_problems() -> list[str]:
    """What does not fit together.

    Looks at what is installed, without importing it.

    Returns:
        A sentence for each problem, with the command that solves it.

    Example:
        ```python
        installation_problems()  # [] where all is well
        ```
    """
    problems = [
        f"{name} is not installed; run: pip install hand-geo-keras"
        for name in _LISTED
        if _version(name) is None
    ]
    there = {name: version for name in OPENCV if (version := _version(name))}
    if not there:
        problems.append("No OpenCV is installed; run: pip install 'opencv-python>=5'")
    if len(there) > 1:
        names = " ".join(there)
        problems.append(
            f"{len(there)} packages own the module cv2 ({', '.join(there)}), of which "
            f"the last one installed overwrote the others; run: pip uninstall -y "
            f"{names} && pip install '{next(iter(there))}>=5'"
        )
    for name, version in there.items():
        if _numbers(version) < _OPENCV_AT_LEAST:
            problems.append(
                f"{name} is {version}, and triangleRasterize, which renders hands, is "
                f"new in 5.0; run: pip install '{name}>=5'"
            )
    return problems


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:2])
