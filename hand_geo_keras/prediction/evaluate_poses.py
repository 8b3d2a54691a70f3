"""Measures a pose model on prepared crops."""

import numpy as np

from hand_geo_keras.datasets import load_instants
from hand_geo_keras.errors import DatasetError
from hand_geo_keras.metrics import MPJPE, NMPJPE, PAMPJPE, PCKAUC
from hand_geo_keras.pipelines import labelled_views
from hand_geo_keras.prediction.compiled_model import compiled_model

_BATCH = 64  # gathered from the pool at a time
_METRICS = {
    "n_mpjpe": NMPJPE,
    "mpjpe": MPJPE,
    "pa_mpjpe": PAMPJPE,
    "pck_auc": PCKAUC,
}


def evaluate_poses(model, prepared, stretch="all"):
    """Measures a pose model on the labelled views of prepared recordings.

    Args:
        model: See `load_pose_model`.
        prepared: Folder that `prepare_recording` wrote, or a list of them.
        stretch: `"all"`, or one of `split_in_time`'s stretches of each recording.

    Returns:
        dict with `n_mpjpe`, `mpjpe`, `pa_mpjpe` (mm), `pck_auc`, `views` and
        `instants`.

    Raises:
        DatasetError: If the crops are of another size than the model's, or none is
            labelled.

    Example:
        ```python
        evaluate_poses("runs/my_rig", "runs/my_rig/prepared", "test")["n_mpjpe"]
        ```
    """
    from hand_geo_keras.scenarios.splits import split_in_time

    model = compiled_model(model)
    pool = load_instants(prepared)
    if pool.crop_size != model.crop_size:
        raise DatasetError(
            f"{prepared}: holds crops of {pool.crop_size} px but the model takes "
            f"{model.crop_size} px; prepare again with that crop size"
        )
    views = labelled_views(pool)
    if stretch != "all":
        instants = split_in_time(pool)[stretch]
        views = views[np.isin(pool.instant_of_view[views], instants)]
    if not len(views):
        raise DatasetError(f"{prepared}: no view of this stretch is labelled")
    predicted = np.concatenate(
        [
            _poses(model, pool, views[start : start + _BATCH])
            for start in range(0, len(views), _BATCH)
        ]
    )
    of_views = pool.instant_of_view[views]
    truth, valid = pool.poses(views), pool.valid[of_views]
    figures = {
        name: round(float(metric()(truth, predicted, valid)), 4)
        for name, metric in _METRICS.items()
    }
    return {**figures, "views": len(views), "instants": len(np.unique(of_views))}


def _poses(model, pool, views):
    border = (pool.images.shape[1] - pool.crop_size) // 2
    middle = slice(border, border + pool.crop_size)
    return model.poses(pool.images[views][:, middle, middle])
