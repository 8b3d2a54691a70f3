"""Downloads MediaPipe's hand landmarker once and verifies it by its hash."""

from pathlib import Path

from hand_geo_keras.verified_file import fetch_verified

# The first version of the float16 model; `latest` in its place is the same file today,
# but need not be tomorrow.
URL = (
    "https://storage.googleapis.com/mediapipe-models/hand_landmarker/hand_landmarker/"
    "float16/1/hand_landmarker.task"
)
SHA256 = "fbc2a30080c3c557093b5ddfc334698132eb341044ccee322ccf8bcf3607cde1"


def fetch_hand_landmarker() -> Path:
    """Path of `hand_landmarker.task`, for `MediaPipeDetector`.

    Returns:
        `pathlib.Path` in Keras' folder of downloaded models.

    Raises:
        WeightsError: If it cannot be downloaded or is another file.

    Example:
        ```python
        detector = MediaPipeDetector(fetch_hand_landmarker())
        ```
    """
    advice = "download it elsewhere and give --detector=mediapipe:<the file>"
    return fetch_verified("hand_landmarker.task", URL, SHA256, advice)
