"""COCO keypoint annotations of one view."""

from pathlib import Path

import numpy as np

from hand_geo_keras.errors import LabelError
from hand_geo_keras.recordings.json_file import read_json
from hand_geo_keras.recordings.view_labels.frame_number import frame_number
from hand_geo_keras.recordings.view_labels.joint_names import joint_order


def read_coco(path):
    """Reads the 2D joints of one view from COCO keypoints.

    The frame index is the last number in an image's `file_name`.

    Args:
        path: File, str or `pathlib.Path`.

    Returns:
        dict from frame index to `[21, 2]` float64 pixels in OpenPose order, NaN
        where a joint is not labelled (`v` = 0); None for an image with several
        annotated hands, as it is not known which one is meant.

    Raises:
        LabelError: If the file is malformed.

    Reference:
        COCO data format, keypoint detection: `keypoints` `[x1, y1, v1, ...]`.
    """
    path = Path(path)
    content = read_json(path, LabelError)
    images, annotations, categories = (
        _entries(content, key, path) for key in ("images", "annotations", "categories")
    )
    order = joint_order(_keypoint_names(categories, path), path)
    frames = {
        image.get("id"): frame_number(image.get("file_name", ""), path)
        for image in images
    }
    found = {}
    for number, annotation in enumerate(annotations):
        where = f"{path}: entry {number} of 'annotations'"
        if annotation.get("image_id") not in frames:
            raise LabelError(
                f"{where}: its image is not among 'images'. "
                f"Received: image_id={annotation.get('image_id')!r}"
            )
        frame = frames[annotation["image_id"]]
        found.setdefault(frame, []).append(_pixels(annotation, order, where))
    return {
        frame: hands[0] if len(hands) == 1 else None for frame, hands in found.items()
    }


def _entries(content, key, path):
    entries = content.get(key)
    if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        raise LabelError(f"{path}: field {key!r} must be a list of objects.")
    return entries


def _keypoint_names(categories, path):
    for category in categories:
        if category.get("keypoints"):
            return category["keypoints"]
    raise LabelError(f"{path}: none of 'categories' lists its 'keypoints'.")


def _pixels(annotation, order, where):
    try:
        values = np.asarray(annotation.get("keypoints"), np.float64).reshape(-1, 3)
        chosen = [
            values[index] if index is not None else np.zeros(3) for index in order
        ]
    except (TypeError, ValueError, IndexError) as reason:
        raise LabelError(
            f"{where}: field 'keypoints' must be [x, y, v] for every keypoint of the "
            f"category ({reason})."
        ) from reason
    chosen = np.stack(chosen)
    return np.where(chosen[:, 2:] > 0, chosen[:, :2], np.nan)
