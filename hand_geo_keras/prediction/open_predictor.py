"""The predictor that fits a model."""

from typing import Any

from hand_geo_keras.errors import LabelError
from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.prediction.compiled_model import compiled_model
from hand_geo_keras.prediction.hand_predictor import HandPredictor
from hand_geo_keras.prediction.joint_predictor import JointPredictor


def open_predictor(
    model: Any,
    camera: Camera | None = None,
    side: str | None = None,
    hand_size_mm: float | None = None,
    boxes: bool = True,
    bone_length_mm: Any = None,
) -> JointPredictor | HandPredictor:
    """Makes the predictor of a model.

    Args:
        model: See `load_pose_model`.
        camera, hand_size_mm, bone_length_mm: See `JointPredictor`.
        side: `"right"`, `"left"`, `"any"`, or None for what the model can: any hand
            with named latent points, a right one without.
        boxes: Whether the places of hands will be given.

    Returns:
        `JointPredictor` for a model with named latent points, else `HandPredictor`.

    Raises:
        LabelError: If hands must be found and the model cannot find any.
        WeightsError: If there is no such model.

    Example:
        ```python
        predictor = open_predictor("hand_128", boxes=False)
        predictor.search(image)
        ```
    """
    compiled = compiled_model(model)
    if compiled.reads_joints:
        return JointPredictor(
            compiled, camera, side or "any", hand_size_mm, bone_length_mm
        )
    if not boxes:
        raise LabelError(
            f"{model}: finds no hands by itself; say where they are (a box, a file of "
            "boxes or a detector), or take the preset hand_128."
        )
    return HandPredictor(
        compiled, camera, side or "right", hand_size_mm, bone_length_mm=bone_length_mm
    )
