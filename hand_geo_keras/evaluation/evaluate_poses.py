"""Measures a pose model on prepared crops."""

from typing import Any

import numpy as np

from hand_geo_keras.datasets import Part, instants_in_time, load_instants
from hand_geo_keras.datasets.split import PARTS
from hand_geo_keras.errors import DatasetError
from hand_geo_keras.evaluation.pose_errors import METRICS, measure_poses
from hand_geo_keras.evaluation.predict import in_batches
from hand_geo_keras.pipelines import labelled_views
from hand_geo_keras.prediction.compiled_model import compiled_model

_SPLITS = ("all", *PARTS)


def evaluate_poses(model: Any, prepared: Any, split: str = "all") -> dict[Any, Any]:
    """Measures a pose model on the labelled views of prepared recordings.

    Args:
        model: See `load_pose_model`.
        prepared: Folder that `prepare_recording` wrote, or a list of them.
        split: `"all"`, or one of the parts of `instants_in_time` of each
            recording.

    Returns:
        dict with `n_mpjpe`, `mpjpe`, `pa_mpjpe` (mm), `pck_auc`, `views` and
        `instants`.

    Raises:
        DatasetError: If the crops are of another size than the model's, or none is
            labelled.
        ValueError: If there is no such split.

    Example:
        ```python
        evaluate_poses("runs/my_rig", "runs/my_rig/prepared", "test")["n_mpjpe"]
        ```
    """
    if split not in _SPLITS:
        raise ValueError(
            f"`split` must be one of {', '.join(_SPLITS)}. Received: split={split!r}"
        )
    compiled = compiled_model(model)
    pool = load_instants(prepared)
    if pool.crop_size != compiled.crop_size:
        raise DatasetError(
            f"{prepared}: holds crops of {pool.crop_size} px but the model takes "
            f"{compiled.crop_size} px; prepare again with that crop size"
        )
    views = labelled_views(pool)
    if split != "all":
        instants = instants_in_time(pool)[split]
        views = views[np.isin(pool.instant_of_view[views], instants)]
    if not len(views):
        raise DatasetError(f"{prepared}: no view of this split is labelled")
    poses = in_batches(
        lambda some: compiled.poses(pool.crops(some), pool.scales[some]), views
    )
    errors = measure_poses(Part(pool, views), poses)
    figures = {name.removesuffix("_mm"): round(errors[name], 4) for name in METRICS}
    instants = len(np.unique(pool.instant_of_view[views]))
    return {**figures, "views": len(views), "instants": instants}
