"""COCO keypoint annotations of one view."""

from pathlib import Path

import numpy as np

from hand_geo_keras.errors import LabelError
from hand_geo_keras.geometry.skeleton import NUM_JOINTS
from hand_geo_keras.recordings.joint_names import joint_order
from hand_geo_keras.recordings.text_files import read_json
from hand_geo_keras.recordings.text_files.numbers import number_array, whole_number
from hand_geo_keras.recordings.view_labels.label_choice import (
    LabelChoice,
    View,
    chosen_individual,
    side_of,
)
from hand_geo_keras.recordings.view_labels.view_labels import (
    ViewLabels,
    check_agreement,
    collect_labels,
    no_joints,
)

_FRAME_FIELDS = ("frame", "frame_id", "frame_index", "frame_number", "frame_num")
_SIDE_FIELDS = ("side", "hand", "hand_side", "handedness", "hand_type", "laterality")
_TRACK_FIELDS = ("track_id", "instance_id", "person_id", "individual", "track")


def read_coco(
    path: Path, choice: LabelChoice | None = None, view: View | None = None
) -> ViewLabels:
    """Reads the 2D joints of one view from COCO keypoints.

    The frame is an image's field `frame_id` (or the like), else the number in its
    `file_name` (see `frame_numbers`). Where several categories, or annotations with a
    side or a track, stand in the file, the one is taken that tells `choice.side` or is
    `choice.individual`. Labels made on images of another size than the camera's are
    scaled by the `width` and `height` that the file states.

    Args:
        path: File, str or `pathlib.Path`.
        choice: `LabelChoice`; its defaults if None.
        view: `View`; nothing is known of the camera if None.

    Returns:
        `ViewLabels`. Images that still have several hands are dropped, as it is not
        known which one is meant.

    Raises:
        LabelError: If the file is malformed, or it is not clear which hand, joint or
            frame is meant.

    Reference:
        COCO data format, keypoint detection: `keypoints` `[x1, y1, v1, ...]`.
    """
    path, choice = Path(path), choice or LabelChoice()
    content = read_json(path, LabelError)
    images, annotations, categories = (
        _entries(content, key, path) for key in ("images", "annotations", "categories")
    )
    images = _by_id(images, "images", path)
    usable, dropped = _with_keypoints(annotations, images, path)
    chosen, untold = _chosen_hands(
        usable, _by_id(categories, "categories", path), choice, path
    )
    single, crowded = _one_per_image(chosen)
    hands, orders = _hands(single, categories, choice, path)
    labels = _collect(hands, single, images, path, choice, view or View())
    dropped |= {"of a hand whose side is not told": untold}
    dropped |= {"of another hand": len(usable) - len(chosen) - untold}
    dropped |= {"several hands in one image": crowded}
    labels.read = len(annotations)
    labels.ignored = tuple(name for order in orders for name in order.ignored)
    labels.completed = tuple(text for order in orders for text in order.completed)
    labels.dropped.update({reason: count for reason, count in dropped.items() if count})
    return labels


def _entries(content, key, path):
    entries = content.get(key)
    if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        raise LabelError(f"{path}: field {key!r} must be a list of objects.")
    return entries


def _by_id(entries, key, path):
    found = {}
    for entry in entries:
        name = entry.get("id")
        if not isinstance(name, int | str) or name in found:
            raise LabelError(
                f"{path}: each of {key!r} needs its own 'id'. Received: id={name!r}"
            )
        found[name] = entry
    return found


def _with_keypoints(annotations, images, path):
    """`(number, annotation)` of those with keypoints, and the number of others."""
    usable = []
    for number, annotation in enumerate(annotations):
        image = annotation.get("image_id")
        if not isinstance(image, int | str) or image not in images:
            raise LabelError(
                f"{path}: entry {number} of 'annotations': its image is not among "
                f"'images'. Received: image_id={image!r}"
            )
        if annotation.get("keypoints"):
            usable.append((number, annotation))
    return usable, {"without keypoints": len(annotations) - len(usable)}


def _chosen_hands(usable, categories, choice, path):
    """The annotations of the asked hand, and the number of those without a side."""
    sides = [_side(annotation) for _, annotation in usable]
    if choice.individual is None and any(sides):
        wanted = [a for a, side in zip(usable, sides) if side == choice.side]
        return wanted or _none_of_the_side(choice, path), sides.count(None)
    groups = {}
    for entry in usable:
        for name in _names(entry[1], categories, path, choice):
            groups.setdefault(name, []).append(entry)
    if not groups:
        raise LabelError(f"{path}: none of its annotations has 'keypoints'.")
    what = "categories or tracks"
    return groups[chosen_individual(groups, choice, path, what)], 0


def _none_of_the_side(choice, path):
    raise LabelError(
        f"{path}: no annotation is of a {choice.side} hand; choose the other side "
        "(--side)."
    )


def _side(annotation):
    fields = {**_object(annotation.get("attributes")), **annotation}
    for name in _SIDE_FIELDS:
        if isinstance(fields.get(name), str) and side_of(fields[name]):
            return side_of(fields[name])
    return None


def _names(annotation, categories, path, choice):
    """Names of the group that an annotation belongs to."""
    category = annotation.get("category_id")
    if not isinstance(category, int | str) or category not in categories:
        raise LabelError(
            f"{path}: the category of an annotation is not among 'categories'. "
            f"Received: category_id={category!r}"
        )
    yield str(categories[category].get("name", category))
    if choice.individual is not None:
        fields = {**_object(annotation.get("attributes")), **annotation}
        yield from {str(fields[name]) for name in _TRACK_FIELDS if name in fields}


def _object(value):
    return value if isinstance(value, dict) else {}


def _one_per_image(chosen):
    """Annotations that are alone in their image, or equal; and the number of others."""
    by_image = {}
    for entry in chosen:
        by_image.setdefault(entry[1]["image_id"], []).append(entry)
    single = []
    for entries in by_image.values():
        if all(e[1]["keypoints"] == entries[0][1]["keypoints"] for e in entries):
            single += entries
    return single, len(chosen) - len(single)


def _hands(single, categories, choice, path):
    """`(pixels, where)` of each annotation, and the `JointOrder` of each category."""
    orders, hands = {}, []
    by_id = {category["id"]: category for category in categories}
    for number, annotation in single:
        where = f"{path}: entry {number} of 'annotations'"
        category = annotation.get("category_id")
        if category not in orders:
            names = _keypoint_names(by_id.get(category, {}), annotation, path)
            orders[category] = (
                joint_order(names, path, choice.side, choice.joint_order),
                len(names),
            )
        hands.append((_pixels(annotation, *orders[category], where), where))
    return hands, [order for order, _ in orders.values()]


def _keypoint_names(category, annotation, path):
    names = category.get("keypoints")
    if isinstance(names, list) and names:
        return names
    if len(annotation["keypoints"]) == 3 * NUM_JOINTS:
        return [str(number) for number in range(NUM_JOINTS)]
    raise LabelError(
        f"{path}: category {category.get('name', category.get('id'))!r} does not list "
        "its 'keypoints'; add their names."
    )


def _pixels(annotation, order, count, where):
    values = number_array(
        annotation["keypoints"],
        (count, 3),
        f"{where}: field 'keypoints' must be [x, y, v] for every keypoint of the "
        "category; it",
        LabelError,
        allow_nan=True,
    )
    seen = np.where(values[:, 2:] > 0, values[:, :2], np.nan)
    pixels = no_joints()
    for joint, indices in enumerate(order.columns):
        if indices:
            pixels[joint] = np.mean(seen[list(indices)], axis=0)
    return pixels


def _collect(hands, single, images, path, choice, view):
    owners = [images[annotation["image_id"]] for _, annotation in single]
    sizes = [
        (width, height) if width and height else None
        for width, height in (
            (whole_number(image.get("width")), whole_number(image.get("height")))
            for image in owners
        )
    ]
    return collect_labels(hands, _image_names(owners, path), path, choice, view, sizes)


def _image_names(owners, path):
    """For each image its frame as stated, else its name; the two must not disagree."""
    names = [_image_name(image, path) for image in owners]
    for field in _FRAME_FIELDS:
        stated = [whole_number(image.get(field)) for image in owners]
        if owners and None not in stated:
            check_agreement(stated, names, field, path)
            return stated
    return names


def _image_name(image, path):
    name = _object(image.get("extra")).get("name") or image.get("file_name")
    if not isinstance(name, str | int):
        raise LabelError(
            f"{path}: each of 'images' needs a 'file_name' like frame_000012.png. "
            f"Received: {name!r}"
        )
    return name
