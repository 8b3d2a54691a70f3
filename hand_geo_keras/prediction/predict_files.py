"""Keypoints and annotated images from image files, folders and videos."""

import collections
import dataclasses
import functools
from pathlib import Path
from typing import Any

from tqdm import tqdm

from hand_geo_keras.errors import CalibrationError
from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.geometry.lenses import PINHOLE
from hand_geo_keras.io import make_folder
from hand_geo_keras.motion_files import checked_formats, write_motions
from hand_geo_keras.prediction.annotated_images import (
    AnnotatedImages,
    AnnotatedVideo,
    annotated,
)
from hand_geo_keras.prediction.batch_hands import (
    BATCH_SIZE,
    HandsInBoxes,
    SearchedHands,
)
from hand_geo_keras.prediction.hand_boxes import open_boxes
from hand_geo_keras.prediction.hand_motions import motions_of_hands
from hand_geo_keras.prediction.hand_prediction import HandPrediction
from hand_geo_keras.prediction.hand_smoother import HandSmoother
from hand_geo_keras.prediction.image_sources import (
    VideoImages,
    image_files,
    read_images,
)
from hand_geo_keras.prediction.jitter import jitter_of_hands
from hand_geo_keras.prediction.keypoint_files import (
    write_keypoints_csv,
    write_keypoints_json,
)
from hand_geo_keras.prediction.one_euro_filter import OneEuroSettings
from hand_geo_keras.prediction.open_predictor import open_predictor
from hand_geo_keras.prediction.overlap import WriteBehind, read_ahead

SMOOTHING = OneEuroSettings()


@dataclasses.dataclass(frozen=True)
class Predictions:
    """What a prediction run gave.

    Args:
        hands: tuple of `HandPrediction`, smoothed if that was asked for.
        skipped: `collections.Counter` of skipped images by reason.
        files: tuple of `pathlib.Path`: what was written.
        jitter: dict of `"raw"` and `"smoothed"`, each as of `jitter_of_hands`, of a
            video; `"smoothed"` is None without smoothing. None for images.
        skipped_images: dict from the name of each skipped image file to the reason;
            empty for a video.
    """

    hands: tuple[HandPrediction, ...]
    skipped: collections.Counter
    files: tuple[Path, ...]
    jitter: dict | None = None
    skipped_images: dict[str, str] = dataclasses.field(default_factory=dict)


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
    *,
    bone_length_mm: Any = None,
    smoothing: OneEuroSettings = SMOOTHING,
    formats: Any = (),
) -> Predictions:
    """Predicts the hands in every frame of a video.

    Frames that cannot be read or have no box are skipped and counted. Everything is
    written under temporary names first.

    Args:
        model: See `load_pose_model`.
        video: Video file.
        boxes: Where the hand is, see `open_boxes`. If None, a model with named latent
            points finds the hands and follows them.
        camera: `Camera` of the video for absolute positions, or None.
        side: `"right"`, `"left"`, or None, see `open_predictor`.
        hand_size_mm: Wrist to middle knuckle of the person, see `HandPredictor`.
        out_dir: Folder for `keypoints.json`, `keypoints.csv` and `annotated.mp4`;
            nothing is written if None.
        annotate: Whether to write the annotated video.
        progress: Whether to show a progress bar.
        most: Most hands to follow; with boxes, one hand is read per box.
        bone_length_mm: Sum of the lengths of all bones of the person's hand, instead of
            `hand_size_mm`.
        smoothing: `OneEuroSettings` of the filter over time, or None for none.
        formats: Names of formats to write the motion in as well, see `write_motions`.

    Returns:
        `Predictions`.

    Raises:
        HandGeoError: If the model, the video, the boxes or a format cannot be used.
        ValueError: If `most` is not positive.

    Example:
        ```python
        found = predict_video("runs/my_rig", "clip.mp4", "boxes.csv", out_dir="out")
        found.hands[0].pixels  # [21, 2]
        ```
    """
    formats = checked_formats(formats)
    predictor = open_predictor(
        model, camera, side, hand_size_mm, boxes is not None, bone_length_mm
    )
    images = VideoImages(video)
    _check_resolution(camera, images.resolution, video)
    if boxes is None:
        finder = SearchedHands(predictor, predictor.tracker(most))  # type: ignore[union-attr]
    else:
        finder = _in_boxes(predictor, boxes, camera)
    writer = None
    if out_dir is not None and annotate:
        path = make_folder(out_dir) / "annotated.mp4"
        writer = AnnotatedVideo(path, images.fps, images.resolution)
    clip = _Clip(images.times_s(), smoothing and HandSmoother(smoothing))
    bar = _bar(images, len(images), Path(video).name, progress)
    skipped = _counted(_predict(finder, bar, clip, writer))
    jitter = clip.jitter()
    files = () if writer is None else (writer.path,)
    if out_dir is not None:
        metadata = {"fps": images.fps, "jitter_per_frame": jitter}
        metadata["smoothing"] = smoothing and dataclasses.asdict(smoothing)
        files += _write_keypoints(
            make_folder(out_dir), predictor, clip.hands, skipped, metadata
        )
        motions = motions_of_hands(clip.hands, images.fps)
        files += write_motions(out_dir, motions, formats)
    return Predictions(tuple(clip.hands), skipped, files, jitter)


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
    *,
    bone_length_mm: Any = None,
) -> Predictions:
    """Predicts the hands in image files.

    As `predict_video`, but every image is searched anew and nothing is smoothed; the
    annotated images go to `out_dir/annotated`. Files of one name in several folders
    are told apart by their path from the folder that holds them all.

    Args:
        images: A path, or a list of paths, of image files and folders of them.
        most: Most hands to find in an image; with boxes, one hand is read per box.
        model, boxes, camera, side, hand_size_mm, out_dir, annotate, progress,
            bone_length_mm: See `predict_video`.

    Returns:
        `Predictions`.

    Raises:
        HandGeoError: If the model, a path or the boxes cannot be used.
        ValueError: If `most` is not positive.

    Example:
        ```python
        found = predict_images("runs/my_rig", "photos", (320, 240, 180))
        ```
    """
    predictor = open_predictor(
        model, camera, side, hand_size_mm, boxes is not None, bone_length_mm
    )
    files, others = image_files(images)
    if boxes is None:
        search = functools.partial(predictor.search, most=_checked_count(most))  # type: ignore[union-attr]
        finder = SearchedHands(predictor, search)
    else:
        finder = _in_boxes(predictor, boxes, camera)
    writer, clip = None, _Clip()
    if out_dir is not None and annotate:
        writer = AnnotatedImages(make_folder(out_dir) / "annotated", files)
    bar = _bar(read_images(files), len(files), "images", progress)
    left_out = _predict(finder, bar, clip, writer)
    skipped = _counted(left_out) + others
    skipped_images = {name: reason for name, _, reason in left_out}
    written = () if writer is None else (_place_of(writer, files),)
    if out_dir is not None:
        written += _write_keypoints(
            make_folder(out_dir),
            predictor,
            clip.hands,
            skipped,
            {"skipped_images": skipped_images},
        )
    return Predictions(
        tuple(clip.hands), skipped, written, skipped_images=skipped_images
    )


def _place_of(writer, images):
    """The annotated image where there is one, else the folder of all."""
    file = writer.file_of(next(iter(images)))
    return file if len(images) == 1 and file.is_file() else writer.path


class _Clip:
    """All hands so far, with time stamps, raw and smoothed.

    Args:
        times: Time stamps of all frames in seconds; None for images.
        smooth: `HandSmoother`, or None.
    """

    def __init__(self, times: Any = None, smooth: Any = None) -> None:
        self._times, self._smooth = times, smooth
        self._raw, self.hands = [], []

    def add(self, found):
        """Takes the hands of the next image, and returns what to show of them."""
        if self._times is not None:
            found = [
                dataclasses.replace(hand, time=self._times[hand.frame])
                for hand in found
            ]
        self._raw += found
        if self._smooth is not None:
            found = self._smooth(found)
        self.hands += found
        return found

    def jitter(self):
        """See `Predictions`."""
        smoothed = None if self._smooth is None else jitter_of_hands(self.hands)
        return {"raw": jitter_of_hands(self._raw), "smoothed": smoothed}


def _in_boxes(predictor, boxes, camera):
    return HandsInBoxes(predictor, open_boxes(boxes, camera and camera.name))


def _checked_count(most):
    if most < 1:
        raise ValueError(f"At least one hand must be wanted. Received: most={most}")
    return most


def _bar(images, count, description, progress):
    # One photo is done before a bar says anything.
    shown = progress and count != 1
    return tqdm(images, description, total=count, unit="frame", disable=not shown)


def _predict(finder, images, clip, writer):
    """Decodes and cuts ahead of the network, overlays and encodes behind it.

    Returns `(source, frame, reason)` of every image that is skipped.
    """
    skipped, complete = [], False
    batches = read_ahead(finder.prepared(read_ahead(images, BATCH_SIZE)))
    try:
        with WriteBehind(2 * BATCH_SIZE) as behind:
            for batch in batches:
                found = [clip.add(hands) for hands in finder.hands(batch, skipped)]
                if writer is not None:
                    _annotate(behind, writer, batch, found)
        complete = True
    finally:
        batches.close()
        if writer is not None:
            writer.close(complete)
    return skipped


def _counted(skipped):
    return collections.Counter(reason for *_, reason in skipped)


def _annotate(behind, writer, batch, found):
    def write(source, image, hands):
        writer.write(source, annotated(image, hands))

    for (source, _, image), hands in zip(batch.images, found, strict=True):
        if image is not None:
            behind(write, source, image, hands)


def _write_keypoints(folder, predictor, hands, skipped, metadata):
    camera = predictor.camera
    metadata = {
        "model": predictor.compiled.kind,
        "hand_size": predictor.hand_size.described(predictor.assumed_bone_length_mm),
        "camera": None if camera is None else _camera_metadata(camera),
        **metadata,
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
        **({} if camera.lens == PINHOLE else {"lens": camera.lens}),
        "resolution": list(camera.resolution),
    }


def _check_resolution(camera, resolution, video):
    if camera is not None and camera.resolution != resolution:
        raise CalibrationError(
            f"{video}: is {resolution[0]} x {resolution[1]} pixels but camera "
            f"{camera.name!r} was calibrated for {camera.resolution[0]} x "
            f"{camera.resolution[1]}; scale K or leave the calibration away."
        )
