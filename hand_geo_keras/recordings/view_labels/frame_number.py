"""Frame indices from what label files call a frame."""

import re

from hand_geo_keras.errors import LabelError


def frame_number(text, where):
    """0-based frame index from a number or an image name such as `img00012.png`.

    The last number in the file name counts.

    Raises:
        LabelError: If there is no number in it.
    """
    name = re.split(r"[/\\]", str(text).strip())[-1]
    stem = re.sub(r"\.[A-Za-z]\w*$", "", name)
    stem = re.sub(r"\.0*$", "", stem)  # pandas writes whole numbers as 12.0
    numbers = re.findall(r"\d+", stem)
    if not numbers:
        raise LabelError(
            f"{where}: every row needs a 0-based frame index or an image name that "
            f"ends in one. Received: {text!r}"
        )
    return int(numbers[-1])
