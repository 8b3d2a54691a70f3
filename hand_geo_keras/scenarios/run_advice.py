"""Says which labels and which camera would help a run most."""

from collections.abc import Sequence

from hand_geo_keras.evaluation.pose_groups import OTHERS, ImageGroup

_STANDS_OUT = 1.1  # times the error of the other images
_MOST = 2  # groups that are named


def what_would_help(
    poses: Sequence[ImageGroup], cameras: Sequence[ImageGroup]
) -> list[str]:
    """Sentences on what to label, film or mend next.

    Args:
        poses: Groups of held-out images by pose, see `group_by_pose`.
        cameras: Groups by camera, see `group_by_camera`.

    Returns:
        list of str.

    Example:
        >>> def group(name, error, annotated):
        ...     return ImageGroup(name, 50, error, 20.0, annotated, 90, 0)
        >>> poses = [group("back, pointing up, open", 45.0, 2)]
        >>> poses += [group("palm, pointing up, open", 25.0, 30)]
        >>> print(what_would_help(poses, [])[0])
        Label more of "back, pointing up, open": 45.0 mm on 50 held-out images,
        25.0 mm on the others; 2 of the annotated images are like it, and 90 of the
        labelled training images, so a larger --label_budget finds more of them.
    """
    return [*_poses_to_label(poses), *_cameras_to_mend(cameras)]


def _poses_to_label(groups):
    worst = sorted(groups, key=lambda g: -_excess(g, groups))
    lines = [
        f'Label more of "{group.name}": {_compared(group, groups)}; '
        f"{_already(group, _per_image(groups))}."
        for group in worst[:_MOST]
        if _stands_out(group, groups)
    ]
    unseen = [g.name for g in worst if not g.annotated and g.name != OTHERS]
    if not lines:
        lines.append(
            "No kind of pose stands out: errors differ by less than a tenth. More "
            "labels of any pose help alike."
        )
    if unseen:
        names = "; ".join(f'"{name}"' for name in unseen)
        lines.append(f"No annotated image is like these held-out ones: {names}.")
    return lines


def _already(group, usual):
    like = f"{group.annotated} of the annotated images are like it"
    if not group.trained:
        return f"{like}, and no training image: film such poses, too"
    if group.trained <= group.annotated:
        return f"{like}, all that there are: film and label more of such poses"
    if group.annotated > usual * group.images:
        return (
            f"{like}, more than its share, so these poses are hard rather than rare: "
            "look at the worst images for wrong labels"
        )
    return (
        f"{like}, and {group.trained} of the labelled training images, so a larger "
        "--label_budget finds more of them"
    )


def _cameras_to_mend(groups):
    if len(groups) < 2:
        return []
    worst, fewest = groups[0], min(groups, key=lambda group: group.trained)
    lines = []
    if _stands_out(worst, groups):
        lines.append(
            f"Camera {worst.name} has the largest error: {_compared(worst, groups)}. "
            "Look at its focus, light and calibration (hand-geo check)."
        )
    else:
        lines.append("No camera stands out: their errors differ by less than a tenth.")
    total = sum(group.trained for group in groups)
    if fewest.trained * len(groups) * _STANDS_OUT < total:
        lines.append(
            f"Camera {fewest.name} sees the fewest hands: {fewest.trained} of {total} "
            "training images. Point it at where the hand works, or give it boxes or a "
            "detector that finds more of them."
        )
    return lines


def _compared(group, groups):
    return (
        f"{group.n_mpjpe_mm:.1f} mm on {group.images} held-out images, "
        f"{_others(group, groups):.1f} mm on the others"
    )


def _stands_out(group, groups):
    return len(groups) > 1 and group.n_mpjpe_mm > _STANDS_OUT * _others(group, groups)


def _others(group, groups):
    """Mean error in mm of all images of the other groups."""
    others = [other for other in groups if other is not group]
    images = sum(other.images for other in others)
    return sum(other.n_mpjpe_mm * other.images for other in others) / max(images, 1)


def _excess(group, groups):
    """What a group adds to the mean error beyond the others, in mm times images."""
    return (group.n_mpjpe_mm - _others(group, groups)) * group.images


def _per_image(groups):
    return sum(g.annotated for g in groups) / max(sum(g.images for g in groups), 1)
