"""Writes where the labelled hands of a recording are, as boxes for `hand-geo predict`.

    python examples/tools/write_boxes.py --recording=my_rig --output=boxes.json

For recordings that have 3D labels but no detector at hand. A box tells the model where
to look and nothing about the pose.
"""

import json
from pathlib import Path

from absl import app, flags, logging

from hand_geo_keras.geometry import square_box
from hand_geo_keras.io import write_text
from hand_geo_keras.recordings import open_recording

FLAGS = flags.FLAGS
flags.DEFINE_string("recording", None, "Folder of the recording.", required=True)
flags.DEFINE_string("output", None, "JSON file to write.", required=True)


def main(_):
    recording = open_recording(Path(FLAGS.recording))
    frames = [k for k in recording.labelled_frames if recording.hands(k)]
    tracks = {
        camera.name: track(recording, camera, frames) for camera in recording.cameras
    }
    write_text(FLAGS.output, json.dumps(tracks))
    logging.info("%d boxes per camera in %s", len(frames), FLAGS.output)


def track(recording, camera, frames):
    """A camera's entry of `boxes.json`, counted in frames of its video."""
    offset = recording.frame_offset(camera.name)
    boxes = {}
    for frame in frames:
        hand = recording.hands(frame)[0]
        box = square_box(camera.project(hand.joints[hand.valid]))
        boxes[str(frame + offset)] = box.round(1).tolist()
    return {"frames": boxes}


if __name__ == "__main__":
    app.run(main)
