"""Videos of the labels over every camera's images."""

from pathlib import Path

import cv2
from tqdm import tqdm

from hand_geo_keras.datasets.prepare import synchronised_frames
from hand_geo_keras.errors import CalibrationError
from hand_geo_keras.io import check_file_name, make_folder
from hand_geo_keras.labelling.label_recording import Labelling
from hand_geo_keras.prediction.annotated_images import AnnotatedVideo
from hand_geo_keras.recordings.recording import Recording
from hand_geo_keras.visualization.skeletons import overlay_skeleton

_GREY = (150, 150, 150)


def write_overlays(
    recording: Recording, labelling: Labelling, folder: Path, progress: bool = True
) -> list[Path]:
    """Writes `overlay_<camera>.mp4` per camera.

    Labels are in colour; hands that were rejected are grey, with the reason.

    Args:
        recording: `Recording`.
        labelling: `Labelling` of it.
        folder: `pathlib.Path` to write to; made if absent.
        progress: Whether to show a progress bar.

    Returns:
        list of `pathlib.Path`.
    """
    make_folder(folder)
    for camera in recording.cameras:
        check_file_name(camera.name, "The name of a camera", CalibrationError)
    writers = {
        camera.name: AnnotatedVideo(
            folder / f"overlay_{camera.name}.mp4", recording.fps, camera.resolution
        )
        for camera in recording.cameras
    }
    fitted = dict(zip(labelling.track.frames.tolist(), labelling.track.joints))
    frames = range(recording.num_frames)
    complete = False
    try:
        decoded = synchronised_frames(recording, frames)
        bar = tqdm(decoded, "Overlay", len(frames), unit="frame", disable=not progress)
        for frame, images in bar:
            for camera in recording.cameras:
                if images[camera.name] is not None:
                    image = _overlaid(
                        images[camera.name], camera, labelling, fitted, frame
                    )
                    writers[camera.name].write(camera.name, image)
        complete = True
    finally:
        for writer in writers.values():
            writer.close(complete)
    return [writer.path for writer in writers.values()]


def _overlaid(image, camera, labelling, fitted, frame):
    text = f"{frame}"
    if frame in labelling.hands:
        hands = labelling.hands[frame]
        for hand in hands:
            image = overlay_skeleton(image, camera.project(hand.joints))
        text += " corrected" if any(hand.corrected for hand in hands) else ""
    elif frame in fitted:
        image = overlay_skeleton(image, camera.project(fitted[frame]), 1, _GREY)
    text += f" {labelling.reasons.get(frame, '')}"
    image = image.copy()
    for colour, width in (((0, 0, 0), 3), ((255, 255, 255), 1)):
        cv2.putText(image, text, (8, 20), 0, 0.5, colour, width, cv2.LINE_AA)
    return image
