"""Entry points that write files: what each writes, and what must be equal."""

from tests.entry_points.entry_point import EntryPoint, contents
from tests.entry_points.model_points import MODEL_POINTS
from tests.entry_points.recording_points import RECORDING_POINTS
from tests.entry_points.training_points import TRAINING_POINTS

ENTRY_POINTS = {**RECORDING_POINTS, **MODEL_POINTS, **TRAINING_POINTS}
__all__ = ["ENTRY_POINTS", "EntryPoint", "contents"]
