"""Held-out images by kind of pose and by camera: where a model is worst."""

import collections
import dataclasses
from typing import Any

import numpy as np

from hand_geo_keras.datasets.split import Part
from hand_geo_keras.evaluation.pose_errors import errors_of_each
from hand_geo_keras.evaluation.pose_words import pose_in_words

OTHERS = "other poses"
_GROUPS, _LEAST = 8, 5  # groups with a name, images in each


@dataclasses.dataclass(frozen=True, eq=False)
class ImageGroup:
    """Held-out images that have something in common.

    Args:
        name: What they have in common, in words.
        images: Number of held-out images.
        n_mpjpe_mm, pa_mpjpe_mm: Mean errors on them.
        annotated: Number of annotated training images like them.
        trained: Number of training images like them; of poses, those with a label.
        example: Position in `part.views` of one with a usual error.
    """

    name: str
    images: int
    n_mpjpe_mm: float
    pa_mpjpe_mm: float
    annotated: int
    trained: int
    example: int


def group_by_pose(
    part: Part, poses: np.ndarray, train: Part, labels: np.ndarray
) -> list[ImageGroup]:
    """Groups held-out images by their true pose in words, see `pose_in_words`.

    Kinds of poses that few of the images show are one group, `OTHERS`.

    Args:
        part: `Part` that is measured.
        poses: `[K, 21, 3]` poses in mm predicted for its views.
        train: `Part` that labels are chosen of.
        labels: `[L]` indices of the annotated views in `train.pool`.

    Returns:
        list of `ImageGroup`, the largest error first.
    """
    kinds, known = _kinds(part), _kinds(train)
    common = collections.Counter(kinds.tolist()).most_common(_GROUPS)
    named = [name for name, count in common if count >= _LEAST]
    kinds, known = (np.where(np.isin(k, named), k, OTHERS) for k in (kinds, known))
    annotated = known[np.isin(train.views, labels)]
    return _groups(part, poses, kinds, annotated, known)


def group_by_camera(
    part: Part, poses: np.ndarray, train: Part, labels: np.ndarray
) -> list[ImageGroup]:
    """Groups held-out images by camera; `trained` counts all its training images.

    Args and result are those of `group_by_pose`.
    """
    cameras = train.pool.cameras
    return _groups(part, poses, part.pool.cameras[part.views], cameras[labels], cameras)


def _kinds(part: Part) -> np.ndarray:
    """`[K]` poses of the views in words; unknown joints count as at the wrist."""
    known = np.where(part.valid[..., None], part.poses, 0.0)
    return np.array([pose_in_words(pose) for pose in known], object)


def _groups(
    part: Part, poses: np.ndarray, kinds: Any, annotated: Any, trained: Any
) -> list[ImageGroup]:
    errors = errors_of_each(part.poses, poses, part.valid)
    n_mpjpe, pa_mpjpe = errors["n_mpjpe_mm"], errors["pa_mpjpe_mm"]
    groups = []
    for name in sorted(set(kinds.tolist())):
        chosen = np.flatnonzero(kinds == name)
        groups.append(
            ImageGroup(
                str(name),
                len(chosen),
                float(n_mpjpe[chosen].mean()),
                float(pa_mpjpe[chosen].mean()),
                int((annotated == name).sum()),
                int((trained == name).sum()),
                int(chosen[n_mpjpe[chosen].argsort()[len(chosen) // 2]]),
            )
        )
    return sorted(groups, key=lambda group: -group.n_mpjpe_mm)
