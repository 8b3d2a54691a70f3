"""Says in words what a table of errors shows to be learned, and what not."""

from collections.abc import Iterable
from typing import Any

_SAME = 0.1  # errors that differ by less than this part are called the same


def what_was_learned(
    best: dict[str, Any],
    mean_pose_mm: float | None = None,
    constant_pa_mm: float | None = None,
    what: str = "Lowest N-MPJPE",
) -> list[str]:
    """Sentences about the best configuration, for people who read nothing else.

    Args:
        best: Result of `run_job` with the lowest N-MPJPE.
        mean_pose_mm: N-MPJPE of the mean training pose in mm, None if not measured.
        constant_pa_mm: PA-MPJPE of one constant articulation in mm, None likewise.
        what: What `best` is.

    Returns:
        list of str.

    Example:
        >>> test = {"n_mpjpe_mm": 25.1, "pa_mpjpe_mm": 20.0}
        >>> best = {"configuration": "fine_tuned", "annotations": 64, "test": test}
        >>> what_was_learned(best, 63.8, 21.5)[-1]
        'PA-MPJPE also takes out the rotation; what is left is the articulation of the \
fingers. One constant articulation for all images has 21.5 mm, the line to beat: about \
the same (20.0 mm), so orientation is learned, the articulation of the fingers hardly.'
    """
    n, pa = best["test"]["n_mpjpe_mm"], best["test"]["pa_mpjpe_mm"]
    name = best["configuration"].replace("_", " ")
    return [
        f"{what}: {name} with {best['annotations']} annotated images, "
        f"N-MPJPE {n:.1f} mm, PA-MPJPE {pa:.1f} mm.",
        "N-MPJPE takes out the scale only, so orientation and articulation of the hand "
        f"both count. {_against_mean(n, mean_pose_mm)}",
        "PA-MPJPE also takes out the rotation; what is left is the articulation of the "
        f"fingers. {_against_constant(pa, constant_pa_mm, _beats(n, mean_pose_mm))}",
    ]


def curve_in_words(counts: Iterable[int]) -> str | None:
    """Why there is no curve over so many numbers of annotated images; None for two."""
    counts = sorted(set(counts))
    if len(counts) > 1:
        return None
    return (
        "Only one number of annotated images was run "
        f"({', '.join(map(str, counts)) or 'none'}): one point is no "
        "curve, so there is no figure of errors over annotations; the table has it all."
    )


def _beats(error, baseline):
    return baseline is not None and error < (1 - _SAME) * baseline


def _against_mean(error, baseline):
    if baseline is None:
        return "The mean training pose was not measured here."
    line = f"The mean training pose has {baseline:.1f} mm:"
    if _beats(error, baseline):
        return f"{line} the model is {baseline - error:.1f} mm better."
    return (
        f"{line} the model is not clearly better ({error:.1f} mm); it learned little."
    )


def _against_constant(error, baseline, has_learned):
    if baseline is None:
        return "One constant articulation, the line to beat, was not measured here."
    line = (
        f"One constant articulation for all images has {baseline:.1f} mm, the line to "
        "beat:"
    )
    if _beats(error, baseline):
        better = f"the model is {baseline - error:.1f} mm better"
        return f"{line} {better}, so the articulation of the fingers is learned too."
    how = "about the same" if error < (1 + _SAME) * baseline else "worse"
    what = "orientation is learned, the" if has_learned else "the"
    verb = "hardly" if has_learned else "is not learned"
    return (
        f"{line} {how} ({error:.1f} mm), so {what} articulation of the fingers {verb}."
    )
