"""Why frames have another size than their camera was calibrated for."""

from typing import Any

_SAME_SHAPE = 0.01


def resolution_advice(frames: tuple[int, int], calibrated: Any) -> str:
    """One sentence on what was probably done to the frames, and the remedy.

    Args:
        frames: `(width, height)` of the frames.
        calibrated: `(width, height)` of the calibration, another size.

    Returns:
        str that ends in a full stop.

    Example:
        >>> resolution_advice((320, 240), (640, 480))[:33]
        'they are scaled by 0.5: scale the'
    """
    (width, height), (wide, high) = frames, calibrated
    if (width, height) == (high, wide):
        return (
            "they are rotated by 90 degrees: rotate them back (ffmpeg -i in.mp4 -vf "
            "transpose=1 out.mp4, or transpose=2 for the other direction), or "
            "calibrate again with rotated images."
        )
    scale = width / wide
    if abs(scale / (height / high) - 1) < _SAME_SHAPE:
        return (
            f"they are scaled by {scale:.4g}: scale the first two rows of K and "
            "'resolution' by that; or, if they were cropped, subtract the crop's left "
            "and top from cx and cy and set 'resolution'; or use the original frames."
        )
    if abs(height / wide - width / high) < _SAME_SHAPE * height / wide:
        return (
            "they are rotated by 90 degrees and scaled: rotate and scale them back, or "
            "calibrate again."
        )
    if width <= wide and height <= high:
        return (
            "they are cropped: subtract the crop's left and top from cx and cy in K "
            "and set 'resolution' to the size of the crop, or use the original frames."
        )
    return (
        "they were recorded in another mode or padded: calibrate again in that mode, "
        "or use the original frames."
    )
