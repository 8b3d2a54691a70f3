"""What is rendered: subjects, instants and cameras of `tiny`, `mini` and `full`."""

import dataclasses
from collections.abc import Sequence

from hand_geo_keras.synthetic.cameras import NUM_CAMERAS, SPREAD_CAMERAS

# Instants with a flawless right hand per subject. With 8 views each, the first 1, 2,
# 3, 5 and 9 training subjects have the paper's 6512, 9392, 13136, 18624 and 28592
# labelled images (Table 1).
TRAINING_INSTANTS = (814, 360, 468, 343, 343, 312, 312, 311, 311)
TEST_INSTANTS = (250, 250)
# One more subject to choose settings on, so that nothing is tuned on the test ones.
_VALIDATION_SUBJECT, _VALIDATION_INSTANTS = 11, 125


@dataclasses.dataclass(frozen=True)
class SequenceSpec:
    """One sequence of one subject.

    Args:
        subject: Number of the subject; 3 is `"S3"` in the folder `synthetic_s03`.
        split: `"train"`, `"validation"` or `"test"`.
        num_instants: Instants whose right hand is flawless. Bad hands, unlabelled
            and left-hand instants come on top.
        cameras: Indices 0..30 of the cameras with a video.
        missing_camera: Index of a calibrated camera without a video, or None.
        fps: Instants per second of the motion, slow enough to tell them apart.
    """

    subject: int
    split: str
    num_instants: int
    cameras: tuple[int, ...]
    missing_camera: int | None = None
    fps: float = 4.0

    @property
    def name(self) -> str:
        """Folder and sequence name, such as `"synthetic_s03"`."""
        return f"synthetic_s{self.subject:02d}"


def sequences_of(
    variant: str, cameras: Sequence[int] | None = None
) -> tuple[SequenceSpec, ...]:
    """Lists the sequences of a variant.

    - `tiny`: 3 subjects, 6 instants, 3 views, seconds to render, for tests.
    - `mini`: 12 subjects, 683 instants, 8 views, two minutes on two cores.
    - `full`: 12 subjects, 4199 instants, 8 views; the paper's image counts, and one
      subject for validation.

    Args:
        variant: `"tiny"`, `"mini"` or `"full"`.
        cameras: Indices 0..30 to render instead of the variant's own, or None.

    Returns:
        tuple of `SequenceSpec`.

    Raises:
        ValueError: If the variant is unknown or a camera index is not 0..30.
    """
    if variant not in _VARIANTS:
        raise ValueError(
            f"The variant must be one of {sorted(_VARIANTS)}. "
            f"Received: variant={variant!r}"
        )
    chosen = cameras is not None
    counts, views, without = _VARIANTS[variant]
    cameras = tuple(cameras) if chosen else SPREAD_CAMERAS[:views]  # type: ignore[arg-type]
    if len(set(cameras)) != len(cameras) or not cameras:
        raise ValueError(
            f"Cameras must be distinct and at least one. Received: cameras={cameras}"
        )
    if not all(0 <= index < NUM_CAMERAS for index in cameras):
        raise ValueError(
            f"The dome has the cameras 0..{NUM_CAMERAS - 1}. "
            f"Received: cameras={cameras}"
        )
    return tuple(
        _sequence(subject, split, count, cameras, subject == without, chosen)
        for subject, split, count in counts
    )


def _sequence(subject, split, count, cameras, loses_camera, chosen):
    if not loses_camera or len(cameras) < 2:
        return SequenceSpec(subject, split, count, tuple(sorted(cameras)))
    # A camera failed at capture. Unless the cameras were asked for, another one
    # stands in, so that every instant keeps its number of views.
    missing, rest = cameras[-1], cameras[:-1]
    if not chosen:
        rest = (*rest, SPREAD_CAMERAS[len(cameras)])
    return SequenceSpec(subject, split, count, tuple(sorted(rest)), missing)


# Per variant: (subject, split, instants) of each sequence, number of views, and the
# subject in whose sequence a camera failed.
_VARIANTS = {
    "tiny": (((0, "train", 6), (1, "train", 6), (9, "test", 6)), 3, 1),
    "mini": (
        (
            *((subject, "train", 67) for subject in range(9)),
            *((subject, "test", 25) for subject in (9, 10)),
            (_VALIDATION_SUBJECT, "validation", 30),
        ),
        8,
        3,
    ),
    "full": (
        (
            *((s, "train", count) for s, count in enumerate(TRAINING_INSTANTS)),
            *((9 + s, "test", count) for s, count in enumerate(TEST_INSTANTS)),
            (_VALIDATION_SUBJECT, "validation", _VALIDATION_INSTANTS),
        ),
        8,
        3,
    ),
}
