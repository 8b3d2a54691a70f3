"""What a user chooses about labels that a file leaves open."""

import dataclasses
from typing import Any

from hand_geo_keras.errors import LabelError
from hand_geo_keras.recordings.joint_words import parse_joint_name


@dataclasses.dataclass(frozen=True)
class LabelChoice:
    """Which labels of a file are meant, and how they are written.

    Args:
        side: `"right"` or `"left"` hand.
        individual: Name of the individual, track or category, where a file holds
            several and their names do not tell the side.
        first_frame: Number of a video's first frame in the file, 0 or 1.
        joint_order: Name of an order of joints (see `joint_orders`) for files whose
            names do not tell it.
        label_size: `(width, height)` of the images that the labels were made on, if
            not those of the camera; `(1, 1)` for normalised coordinates.
        min_likelihood: Joints with a lower likelihood count as not seen.

    Raises:
        LabelError: If a choice is impossible.
    """

    side: str = "right"
    individual: str | None = None
    first_frame: int = 0
    joint_order: str | None = None
    label_size: tuple | None = None
    min_likelihood: float = 0.5

    def __post_init__(self) -> None:
        if self.side not in ("right", "left"):
            raise LabelError(
                f"The side of a hand is 'right' or 'left'. Received: side={self.side!r}"
            )
        if not isinstance(self.first_frame, int) or self.first_frame < 0:
            raise LabelError(
                "The number of the first frame is a whole number from 0 on. "
                f"Received: first_frame={self.first_frame!r}"
            )
        if self.label_size is not None and not min(self.label_size) > 0:
            raise LabelError(
                "The size of the labelled images is a positive width and height. "
                f"Received: label_size={self.label_size!r}"
            )


@dataclasses.dataclass(frozen=True)
class View:
    """The camera that labels belong to.

    Args:
        names: Names that its images may bear: the camera's and its video's.
        other_names: Those of the recording's other cameras.
        resolution: `(width, height)` of its images, or None if not known.
    """

    names: tuple = ()
    other_names: tuple = ()
    resolution: tuple | None = None


def chosen_individual(
    individuals: Any, choice: LabelChoice, where: object, what: str = "individuals"
) -> Any:
    """The individual that is meant: the one asked for, the only, or that of the side.

    Args:
        individuals: Names in the file.
        choice: `LabelChoice`.
        where: File, for the error message.
        what: What the names are, for the error message.

    Raises:
        LabelError: If that is none or several; names them all.
    """
    names = list(dict.fromkeys(individuals))
    if choice.individual is not None:
        if choice.individual in names:
            return choice.individual
        raise LabelError(
            f"{where}: has no {what} named {choice.individual!r}; choose one of "
            f"{names}."
        )
    if len(names) == 1:
        return _not_of_the_other_side(names[0], choice, where, what)
    fitting = [name for name in names if side_of(name) == choice.side]
    if len(fitting) == 1:
        return fitting[0]
    raise LabelError(
        f"{where}: holds the {what} {names}, and "
        f"{'none' if not fitting else 'several'} of their names tells the "
        f"{choice.side} hand; choose one by individual=... (--individual) or side "
        "(--side)."
    )


def _not_of_the_other_side(name, choice, where, what):
    if side_of(name) in (None, choice.side):
        return name
    raise LabelError(
        f"{where}: its only {what} are {name!r}, of the other hand; choose "
        f"side={side_of(name)!r} (--side). Received: side={choice.side!r}"
    )


def side_of(name: str) -> Any:
    """`"right"` or `"left"` if a name such as `left_hand` tells it, else None."""
    return parse_joint_name(name).side
