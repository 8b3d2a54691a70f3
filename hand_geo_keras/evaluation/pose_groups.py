"""Held-out images in groups of similar poses and by camera: where a model is worst."""

import dataclasses
import warnings
from typing import Any

import numpy as np
from scipy.cluster.vq import kmeans2, vq

from hand_geo_keras.datasets.split import Part
from hand_geo_keras.evaluation.pose_errors import errors_of_each
from hand_geo_keras.evaluation.pose_words import pose_in_words

_GROUPS, _LEAST = 6, 5  # groups, images in each on average


@dataclasses.dataclass(frozen=True, eq=False)
class ImageGroup:
    """Held-out images that have something in common.

    Args:
        name: What they have in common, in words.
        images: Number of held-out images.
        n_mpjpe_mm, pa_mpjpe_mm: Mean errors on them.
        annotated: Number of annotated training images like them.
        trained: Number of training images like them, of poses: that are labelled.
        example: Position in `part.views` of a typical one.
    """

    name: str
    images: int
    n_mpjpe_mm: float
    pa_mpjpe_mm: float
    annotated: int
    trained: int
    example: int


def group_by_pose(
    part: Part, poses: np.ndarray, train: Part, labels: np.ndarray, seed: int = 0
) -> list[ImageGroup]:
    """Groups held-out images by their true pose, orientation and fingers together.

    Poses are compared at one size, as the camera sees them, and put into at most six
    groups by k-means.

    Args:
        part: `Part` that is measured.
        poses: `[K, 21, 3]` poses in mm predicted for its views.
        train: `Part` that labels are chosen of.
        labels: `[L]` indices of the annotated views in `train.pool`.
        seed: Seed of the grouping.

    Returns:
        list of `ImageGroup`, the largest error first.
    """
    held_out, known = _shapes(part), _shapes(train)
    count = int(np.clip(len(held_out) // _LEAST, 1, _GROUPS))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of a group without a pose
        centers, _ = kmeans2(
            np.concatenate([held_out, known]), count, minit="++", rng=seed
        )
    of_held_out, distances = vq(held_out, centers)
    of_known, _ = vq(known, centers)
    annotated = of_known[np.isin(train.views, labels)]
    errors = errors_of_each(part.poses, poses, part.valid)
    groups = []
    for number, center in enumerate(centers):
        chosen = np.flatnonzero(of_held_out == number)
        if len(chosen):
            groups.append(
                _group(
                    pose_in_words(center.reshape(-1, 3)),
                    chosen,
                    errors,
                    (annotated == number).sum(),
                    (of_known == number).sum(),
                    chosen[distances[chosen].argmin()],
                )
            )
    return _worst_first(groups)


def group_by_camera(
    part: Part, poses: np.ndarray, train: Part, labels: np.ndarray
) -> list[ImageGroup]:
    """Groups held-out images by camera.

    Args and result are those of `group_by_pose`; `trained` counts all training images
    of the camera.
    """
    errors = errors_of_each(part.poses, poses, part.valid)
    cameras = part.pool.cameras[part.views]
    annotated, trained = train.pool.cameras[labels], train.pool.cameras
    groups = []
    for camera in np.unique(cameras):
        chosen = np.flatnonzero(cameras == camera)
        groups.append(
            _group(
                str(camera),
                chosen,
                errors,
                (annotated == camera).sum(),
                (trained == camera).sum(),
                chosen[len(chosen) // 2],
            )
        )
    return _worst_first(groups)


def _shapes(part: Part) -> np.ndarray:
    """`[K, 63]` poses of one size; joints that are not labelled are at the wrist."""
    poses = np.where(part.valid[..., None], part.poses, 0.0).reshape(-1, 63)
    return poses / np.maximum(np.linalg.norm(poses, axis=1, keepdims=True), 1e-9)


def _group(
    name: str, chosen: Any, errors: Any, annotated: Any, trained: Any, example: Any
) -> ImageGroup:
    means = {key: float(values[chosen].mean()) for key, values in errors.items()}
    return ImageGroup(
        name,
        len(chosen),
        means["n_mpjpe_mm"],
        means["pa_mpjpe_mm"],
        int(annotated),
        int(trained),
        int(example),
    )


def _worst_first(groups: list[ImageGroup]) -> list[ImageGroup]:
    return sorted(groups, key=lambda group: -group.n_mpjpe_mm)
