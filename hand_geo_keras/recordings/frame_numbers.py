"""Frame indices from what label files and folders of images call a frame."""

import dataclasses
import re
from collections.abc import Sequence
from typing import Any

from hand_geo_keras.errors import LabelError
from hand_geo_keras.recordings.text_files.numbers import whole_number

_ENDING = r"(?:jpe?g|png|bmp|tiff?|webp|gif|exr|ppm|mp4|avi|mov|mkv|webm)"
# Roboflow: img_0005_png.rf.<hash>.jpg; Label Studio: <hash>-img_0005.png.
_ROBOFLOW = re.compile(rf"_{_ENDING}\.rf\.[0-9A-Za-z]+(?:\.{_ENDING})?$", re.I)
_LABEL_STUDIO = re.compile(
    r"^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:-|__)|[0-9a-f]{8}-)", re.I
)
_CVAT_TASK = re.compile(rf"\.{_ENDING}(?=[_.-]|$)", re.I)
_CLEAN_NUMBER = re.compile(r"(?<![0-9A-Za-z.])([A-Za-z]*)(\d+)(?![0-9A-Za-z])")
_NUMBER = re.compile(r"[-+]?(\d+[.,]?\d*|[.,]\d+)([eE][-+]?\d+)?")
_FRAME_WORDS = {"frame", "frames", "img", "image", "f", "frm", "fnum", "fr", "im"}
_OTHER_NUMBERS = {
    *("cam", "camera", "view", "c", "v", "day", "session", "trial", "take", "subject"),
    *("subj", "s", "sub", "person", "p", "rec", "recording", "video", "vid", "clip"),
    *("seq", "sequence", "run", "exp", "experiment", "hand", "kinect", "device"),
}


@dataclasses.dataclass(frozen=True)
class ImageName:
    """An image's name, taken apart.

    Args:
        folder: Folders before the name, joined by `/`; empty if there are none.
        numbers: tuple of `(template, word, number)`: the name with `#` in place of one
            of its numbers, the word right before that number, and the number.
    """

    folder: str
    numbers: tuple


def parse_image_name(text: str) -> ImageName:
    """Takes an image's name apart, without what well-known exporters add to it."""
    parts = [part for part in re.split(r"[/\\]", str(text).strip()) if part]
    name = parts[-1] if parts else ""
    name = _CVAT_TASK.sub("", _without_hash(_ROBOFLOW.sub("", name)))
    numbers = tuple(
        (
            f"{name[: match.start(2)]}#{name[match.end(2) :]}",
            _word_before(name, match),
            int(match[2]),
        )
        for match in _CLEAN_NUMBER.finditer(name)
        if len(match[2]) <= 12
    )
    return ImageName("/".join(parts[:-1]), numbers)


def _without_hash(name):
    """A name without Label Studio's prefix, but not without its only frame number."""
    rest = _LABEL_STUDIO.sub("", name)
    prefix = name.removesuffix(rest).rstrip("-")
    words = [_word_before(rest, match) for match in _CLEAN_NUMBER.finditer(rest)]
    is_frame = prefix.isdecimal() and all(word in _OTHER_NUMBERS for word in words)
    return name if is_frame else rest


def _word_before(name, match):
    before = re.search(
        r"(?<![0-9A-Za-z])([A-Za-z]+)[^0-9A-Za-z]*$", name[: match.start(2)]
    )
    return before[1].lower() if before else ""


def frame_numbers(
    names: Sequence[str], where: object, wanted: Any = (), others: Any = ()
) -> list[Any]:
    """Frame indices of the images of one view.

    A name that is a whole number is its frame. Other names belong to one sequence
    when they differ in one number only: that is the frame. So neither digits of
    hashes nor of cameras and dates are taken for frames.

    Args:
        names: Names, paths or whole numbers, one per image.
        where: File, for error messages.
        wanted: Names of the camera and of its video: where images of several folders
            or sequences stand together, those that bear such a name are taken.
        others: Names of other cameras; images in a folder of such a name are refused.

    Returns:
        list of ints, and None for the images of other folders or sequences.

    Raises:
        LabelError: If a name has no number, several that may be the frame, or nothing
            tells which folder is meant.

    Example:
        >>> frame_numbers(["cam1_0004.png", "cam1_0005.png"], "labels.csv")
        [4, 5]
    """
    plain = [whole_number(name) for name in names]
    if None not in plain:
        return plain
    if any(_NUMBER.fullmatch(str(name).strip()) for name in names):
        wrong = names[plain.index(None)]
        raise _no_frame(wrong, where)
    for name in names:
        last = re.split(r"[/\\]", str(name).strip())[-1]
        if _NUMBER.fullmatch(last) and whole_number(last) is None:
            raise _no_frame(last, where)
    parsed = [parse_image_name(name) for name in names]
    chosen = _chosen_folder(parsed, where, wanted, others)
    templates = _templates([parsed[i] for i in chosen], where, wanted, names, chosen)
    frames = [None] * len(names)
    for index in chosen:
        for template, _, number in parsed[index].numbers:
            if template in templates:
                frames[index] = number
    return frames


def _no_frame(text, where):
    return LabelError(
        f"{where}: a frame must be a whole number from 0 on. Received: {text!r}"
    )


def _chosen_folder(parsed, where, wanted, others):
    """Indices of the images in the folder that bears a wanted name, or in the only."""
    folders = sorted({name.folder for name in parsed})
    if len(folders) == 1:
        words = folders[0].split("/")
        if _bears(words, others) and not _bears(words, wanted):
            raise LabelError(
                f"{where}: its images lie in {folders[0]!r}, which bears the name of "
                f"another camera than {', '.join(wanted)}; give each camera its own "
                "labels."
            )
        return list(range(len(parsed)))
    fitting = [folder for folder in folders if _bears(folder.split("/"), wanted)]
    if len(fitting) != 1:
        raise LabelError(
            f"{where}: its images lie in the folders {folders[:6]} and "
            f"{'none' if not fitting else 'several'} of them bears the name of the "
            f"camera or its video ({', '.join(wanted) or 'unknown'}); keep the rows of "
            "one folder or name the folder like the video."
        )
    return [i for i, name in enumerate(parsed) if name.folder == fitting[0]]


def _bears(words, wanted):
    return any(word.lower() == name.lower() for word in words for name in wanted)


def _templates(parsed, where, wanted, names, chosen):
    """Templates whose number is the frame."""
    for name, index in zip(parsed, chosen):
        if not name.numbers:
            raise LabelError(
                f"{where}: every label needs a 0-based frame index or an image name "
                "with one, like frame_000012.png; add a column 'frame'. "
                f"Received: {names[index]!r}"
            )
    shared = set.intersection(*({t for t, _, _ in name.numbers} for name in parsed))
    if len(shared) == 1 and len(parsed[0].numbers) == 1:
        return shared
    if len(shared) == 1 and _word_of(parsed[0], *shared) not in _OTHER_NUMBERS:
        return shared
    if shared:
        return {_marked(parsed[0], shared, where, names[chosen[0]])}
    return _of_one_sequence(parsed, where, wanted)


def _word_of(name, template):
    return next(word for t, word, _ in name.numbers if t == template)


def _marked(name, shared, where, example):
    """Of several numbers that may be the frame the one after a word like `img`."""
    numbers = [(t, word) for t, word, _ in name.numbers if t in shared]
    marked = [t for t, word in numbers if word in _FRAME_WORDS]
    others = [t for t, word in numbers if word not in _OTHER_NUMBERS]
    for candidates in (marked, others):
        if len(candidates) == 1:
            return candidates[0]
    raise LabelError(
        f"{where}: nothing tells which number of {example!r} is the frame; name images "
        "like frame_000012.png or add a column 'frame'."
    )


def _of_one_sequence(parsed, where, wanted):
    """Templates of the sequence that bears a wanted name, where several stand."""
    common = {}
    for name in parsed:
        for template, _, number in name.numbers:
            common.setdefault(template, set()).add(number)
    templates = sorted(t for t, numbers in common.items() if len(numbers) > 1)
    words = {t: re.split(r"[^0-9A-Za-z]+", t) for t in templates}
    fitting = [t for t in templates if _bears(words[t], wanted)]
    if len(fitting) == 1:
        return set(fitting)
    known = set(templates)
    odd = [name for name in parsed if known.isdisjoint(t for t, _, _ in name.numbers)]
    shown = [*templates[:4], *(name.numbers[-1][0] for name in odd[:2])]
    raise LabelError(
        f"{where}: its images are not numbered as one sequence (# stands for the "
        f"frame): {shown}; name them like frame_000012.png, or add a column 'frame'."
    )
