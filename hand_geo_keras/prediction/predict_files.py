"""Keypoints and annotated images from image files, folders and videos."""

import collections
import dataclasses
import functools
import itertools
from pathlib import Path
from typing import Any

from tqdm import tqdm

from hand_geo_keras.errors import CalibrationError
from hand_geo_keras.geometry.boxes import box_inside_fraction
from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.prediction.annotated_images import (
    AnnotatedImages,
    AnnotatedVideo,
    annotated,
)
from hand_geo_keras.prediction.hand_boxes import open_boxes
from hand_geo_keras.prediction.hand_prediction import HandPrediction
from hand_geo_keras.prediction.image_sources import (
    VideoImages,
    image_files,
    read_images,
)
from hand_geo_keras.prediction.keypoint_files import (
    write_keypoints_csv,
    write_keypoints_json,
)
from hand_geo_keras.prediction.open_predictor import open_predictor
from hand_geo_keras.prediction.overlap import WriteBehind, read_ahead

_BATCH = 16
_MIN_INSIDE = 0.25


@dataclasses.dataclass(frozen=True)
class Predictions:
    """What a prediction run gave.

    Args:
        hands: tuple of `HandPrediction`.
        skipped: `collections.Counter` of skipped images by reason.
        files: tuple of `pathlib.Path`: what was written.
    """

    hands: tuple[HandPrediction, ...]
    skipped: collections.Counter
    files: tuple[Path, ...]


def predict_video(
    model: Any,
    video: str | Path,
    boxes: Any = None,
    camera: Camera | None = None,
    side: str | None = None,
    hand_size_mm: float | None = None,
    out_dir: str | Path | None = None,
    annotate: bool = True,
    progress: bool = True,
    most: int = 1,
) -> Predictions:
    """Predicts the hand in every frame of a video.

    Frames that cannot be read or have no box are skipped and counted. Everything is
    written under temporary names first.

    Args:
        model: See `load_pose_model`.
        video: Video file.
        boxes: Where the hand is, see `open_boxes`. If None, a model with named latent
            points finds the hand and follows it.
        camera: `Camera` of the video for absolute positions, or None.
        side: `"right"`, `"left"`, or None, see `open_predictor`.
        hand_size_mm: Wrist to middle knuckle of the person, see `HandPredictor`.
        out_dir: Folder for `keypoints.json`, `keypoints.csv` and `annotated.mp4`;
            nothing is written if None.
        annotate: Whether to write the annotated video.
        progress: Whether to show a progress bar.
        most: Most hands of a frame, where hands are searched. While there are fewer,
            a video is searched again and again, which takes its time.

    Returns:
        `Predictions`.

    Raises:
        HandGeoError: If the model, the video or the boxes cannot be used.

    Example:
        ```python
        found = predict_video("runs/my_rig", "clip.mp4", "boxes.csv", out_dir="out")
        found.hands[0].pixels  # [21, 2]
        ```
    """
    predictor = open_predictor(
        model, camera, side, hand_size_mm, boxes=boxes is not None
    )
    images = VideoImages(video)
    _check_resolution(camera, images.resolution, video)
    find = _finder(predictor, boxes, camera, most, following=True)
    writer = None
    if out_dir is not None and annotate:
        path = _made(out_dir) / "annotated.mp4"
        writer = AnnotatedVideo(path, images.fps, images.resolution)
    bar = _bar(images, len(images), Path(video).name, progress)
    return _predict(predictor, bar, find, out_dir, writer)


def predict_images(
    model: Any,
    images: Any,
    boxes: Any = None,
    camera: Camera | None = None,
    side: str | None = None,
    hand_size_mm: float | None = None,
    out_dir: str | Path | None = None,
    annotate: bool = True,
    progress: bool = True,
    most: int = 1,
) -> Predictions:
    """Predicts the hand in image files.

    As `predict_video`; the annotated images go to `out_dir/annotated`.

    Args:
        images: A path, or a list of paths, of image files and folders of them.
        model, boxes, camera, side, hand_size_mm, out_dir, annotate, progress, most:
            See `predict_video`.

    Returns:
        `Predictions`.

    Raises:
        HandGeoError: If the model, a path or the boxes cannot be used.

    Example:
        ```python
        found = predict_images("runs/my_rig", "photos", (320, 240, 180))
        ```
    """
    predictor = open_predictor(
        model, camera, side, hand_size_mm, boxes=boxes is not None
    )
    files = image_files(images)
    find = _finder(predictor, boxes, camera, most, following=False)
    writer = None
    if out_dir is not None and annotate:
        writer = AnnotatedImages(_made(out_dir) / "annotated")
    bar = _bar(read_images(files), len(files), "images", progress)
    return _predict(predictor, bar, find, out_dir, writer)


def _finder(predictor, boxes, camera, most, following):
    """What gives the hands of a batch of images."""
    if boxes is not None:
        return _InBoxes(predictor, open_boxes(boxes, camera and camera.name))
    if following:
        return _Searched(predictor, predictor.tracker(most))
    return _Searched(predictor, functools.partial(predictor.search, most=most))


def _bar(images, count, description, progress):
    return tqdm(images, description, total=count, unit="frame", disable=not progress)


def _predict(predictor, images, finder, out_dir, writer):
    """Decodes and cuts ahead of the network, overlays and encodes behind it."""
    hands, skipped, complete = [], collections.Counter(), False
    batches = read_ahead(finder.prepared(read_ahead(images, _BATCH)))
    try:
        with WriteBehind(2 * _BATCH) as behind:
            for batch in batches:
                found = finder.hands(batch, skipped)
                hands += itertools.chain.from_iterable(found)
                if writer is not None:
                    _annotate(behind, writer, batch, found)
        complete = True
    finally:
        batches.close()
        if writer is not None:
            writer.close(complete)
    files = () if writer is None else (writer.path,)
    if out_dir is not None:
        files += _write_keypoints(_made(out_dir), predictor, hands, skipped)
    return Predictions(tuple(hands), skipped, files)


@dataclasses.dataclass(frozen=True)
class _Batch:
    """Some images in a row.

    Args:
        images: List of `(source, frame, image or None)`.
        usable: Numbers of the images that are predicted.
        cutouts: What the predictor cut out of them, or None without any.
        reasons: Why each of the others is skipped.
    """

    images: list
    usable: list
    cutouts: object
    reasons: list


class _InBoxes:
    """Hands of images in given boxes."""

    def __init__(self, predictor: Any, find: Any) -> None:
        self._predictor, self._find = predictor, find

    def prepared(self, images):
        """Yields `_Batch` after `_Batch`."""
        for batch in _batches(images):
            boxes, reasons = {}, []
            for number, (source, frame, image) in enumerate(batch):
                box, reason = _box(self._predictor, self._find, source, frame, image)
                if reason:
                    reasons.append(reason)
                else:
                    boxes[number] = box
            usable = [batch[number][2] for number in boxes]
            cutouts = None
            if boxes:
                cutouts = self._predictor.cut(usable, list(boxes.values()))
            yield _Batch(batch, list(boxes), cutouts, reasons)

    def hands(self, batch, skipped):
        """List of `HandPrediction` of every image; counts the skipped ones."""
        skipped.update(batch.reasons)
        found = [[] for _ in batch.images]
        if batch.usable:
            usable = (batch.images[number] for number in batch.usable)
            sources, frames, _ = zip(*usable)
            hands = self._predictor.hands(batch.cutouts, sources, frames)
            for number, hand in zip(batch.usable, hands):
                found[number] = [] if hand is None else [hand]
            lost = sum(hand is None for hand in hands)
            if lost:
                skipped["hand cannot be placed"] += lost
        return found


class _Searched:
    """Hands of images that are searched, or followed from one to the next."""

    def __init__(self, predictor: Any, search: Any) -> None:
        self._predictor, self._search = predictor, search

    def prepared(self, images):
        """Yields `_Batch` after `_Batch`."""
        for batch in _batches(images):
            checked = [_unusable(self._predictor, image) for *_, image in batch]
            usable = [number for number, reason in enumerate(checked) if not reason]
            yield _Batch(batch, usable, None, list(filter(None, checked)))

    def hands(self, batch, skipped):
        """List of `HandPrediction` of every image; counts the skipped ones."""
        skipped.update(batch.reasons)
        found = [[] for _ in batch.images]
        for number in batch.usable:
            source, frame, image = batch.images[number]
            found[number] = self._search(image, source, frame)
            if not found[number]:
                skipped["no hand found"] += 1
        return found


def _batches(images):
    images = iter(images)
    while batch := list(itertools.islice(images, _BATCH)):
        yield batch


def _annotate(behind, writer, batch, found):
    def write(source, image, hands):
        writer.write(source, annotated(image, hands))

    for (source, _, image), hands in zip(batch.images, found, strict=True):
        if image is not None:
            behind(write, source, image, hands)


def _unusable(predictor, image):
    """The reason to skip an image, or None."""
    if image is None:
        return "unreadable"
    camera = predictor.camera
    if camera is not None and camera.resolution != image.shape[1::-1]:
        return "of another size than the camera"
    return None


def _box(predictor, find, source, frame, image):
    """The box of an image, or the reason to skip it."""
    reason = _unusable(predictor, image)
    if reason:
        return None, reason
    box = find(source, frame, predictor.camera, image)
    if box is None:
        return None, "no hand box"
    if box_inside_fraction(box, image.shape[1::-1]) < _MIN_INSIDE:
        return None, "box outside the image"
    return box, None


def _write_keypoints(folder, predictor, hands, skipped):
    camera = predictor.camera
    metadata = {
        "model": type(predictor.model).__name__,
        "hand_size_mm": predictor.hand_size_mm,
        "camera": None if camera is None else _camera_metadata(camera),
    }
    files = folder / "keypoints.json", folder / "keypoints.csv"
    write_keypoints_json(files[0], hands, skipped, **metadata)
    write_keypoints_csv(files[1], hands)
    return files


def _camera_metadata(camera):
    return {
        "name": camera.name,
        "K": camera.K.tolist(),
        "distortion": camera.distortion.tolist(),
        "resolution": list(camera.resolution),
    }


def _check_resolution(camera, resolution, video):
    if camera is not None and camera.resolution != resolution:
        raise CalibrationError(
            f"{video}: is {resolution[0]} x {resolution[1]} pixels but camera "
            f"{camera.name!r} was calibrated for {camera.resolution[0]} x "
            f"{camera.resolution[1]}; scale K or leave the calibration away."
        )


def _made(folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
