"""How good models are: pose errors, view synthesis, and baselines beside them."""

from hand_geo_keras.evaluation.evaluate_poses import evaluate_poses
from hand_geo_keras.evaluation.hand_region import hand_region, psnr
from hand_geo_keras.evaluation.pose_baselines import (
    constant_articulation,
    constant_articulation_errors,
    mean_articulation,
    mean_pose,
    mean_pose_errors,
    nearest_pose,
)
from hand_geo_keras.evaluation.pose_errors import (
    METRICS,
    errors_of_each,
    measure_poses,
    n_mpjpe_of_each,
    pose_errors,
)
from hand_geo_keras.evaluation.predict import (
    encode_views,
    hand_places,
    in_batches,
    poses_from_latents,
    predict_poses,
)
from hand_geo_keras.evaluation.view_baselines import view_baselines, view_pairs
from hand_geo_keras.evaluation.view_synthesis import (
    foreground_psnr,
    labelled_pairs,
    measure_view_synthesis,
    synthesize_views,
)

__all__ = [
    "METRICS",
    "constant_articulation",
    "constant_articulation_errors",
    "encode_views",
    "errors_of_each",
    "evaluate_poses",
    "foreground_psnr",
    "hand_places",
    "hand_region",
    "in_batches",
    "labelled_pairs",
    "mean_articulation",
    "mean_pose",
    "mean_pose_errors",
    "measure_poses",
    "measure_view_synthesis",
    "n_mpjpe_of_each",
    "nearest_pose",
    "pose_errors",
    "poses_from_latents",
    "predict_poses",
    "psnr",
    "synthesize_views",
    "view_baselines",
    "view_pairs",
]
