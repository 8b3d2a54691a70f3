"""Measures the synthetic dome: rendering speed on one core, and how hard it is.

    OMP_NUM_THREADS=1 python examples/benchmarks/synthetic.py

Prints images/s with the time of each stage, the hours each variant takes, the size of
the hands in pixels, and the error of the mean pose: the N-MPJPE (mm) of always
answering the average training pose, which a model has to beat. Takes about 30 s.
"""

import pathlib
import tempfile
import time

import cv2
import numpy as np
from absl import app, flags

from hand_geo_keras.geometry.boxes import square_box
from hand_geo_keras.geometry.virtual_camera import virtual_camera
from hand_geo_keras.synthetic.cameras import dome_cameras
from hand_geo_keras.synthetic.panoptic_writer import VideoSink
from hand_geo_keras.synthetic.sequence import SyntheticSequence
from hand_geo_keras.synthetic.timeline import FrameKind, frames_of_kind
from hand_geo_keras.synthetic.variants import SequenceSpec, sequences_of

_INSTANTS = flags.DEFINE_integer("instants", 30, "Instants that are rendered.")
_POSES = flags.DEFINE_integer("poses", 60, "Instants per subject without images.")
_BOX_MARGIN = 0.4


def main(argv):
    del argv
    cv2.setNumThreads(1)
    rate = measure_rendering()
    for variant in ("tiny", "mini", "full"):
        images = sum(
            len(spec.cameras) * len(SyntheticSequence(spec).timeline)
            for spec in sequences_of(variant)
        )
        print(f"  {variant}: {images} images, {images / rate / 60:.1f} min on one core")
    measure_difficulty()


def measure_rendering():
    """Prints and returns the images/s of one process, video included."""
    cameras = sequences_of("full")[0].cameras
    sequence = SyntheticSequence(SequenceSpec(0, "train", _INSTANTS.value, cameras))
    frames = frames_of_kind(sequence.timeline, FrameKind.GOOD)
    list(sequence.images(frames[0], cameras))  # loads the asset, renders the walls
    with tempfile.TemporaryDirectory() as folder:
        sinks = {
            index: VideoSink(pathlib.Path(folder), dome_cameras()[index], 4.0)
            for index in cameras
        }
        rendered = written = 0.0
        for frame in frames:
            start = time.process_time()
            shown = list(sequence.images(frame, cameras))
            between = time.process_time()
            for index, image in shown:
                sinks[index].add(frame, image)
            rendered += between - start
            written += time.process_time() - between
    images = len(frames) * len(cameras)
    rate = images / (rendered + written)
    print(
        f"{rate:.1f} images/s of one core: {1e3 * rendered / images:.1f} ms to render, "
        f"{1e3 * written / images:.1f} ms to encode"
    )
    return rate


def measure_difficulty():
    """Prints box sizes and the mean pose's N-MPJPE over all views of `full`."""
    poses, sides, splits = [], [], []
    for spec in sequences_of("full"):
        short = SequenceSpec(spec.subject, spec.split, _POSES.value, spec.cameras)
        sequence = SyntheticSequence(short)
        for frame in frames_of_kind(sequence.timeline, FrameKind.GOOD):
            joints = sequence.hand(frame).joints
            for index in spec.cameras:
                camera = dome_cameras()[index]
                box = square_box(camera.project(joints), _BOX_MARGIN)
                seen = virtual_camera(camera, box, 128).to_camera(joints)
                poses.append(seen - seen[0])
                sides.append(box[2])
                splits.append(spec.split)
    poses, test = np.array(poses), np.array(splits) == "test"
    low, median, high = np.percentile(sides, [10, 50, 90])
    print(f"hand box {median:.0f} px in the median, {low:.0f}..{high:.0f} px for 80 %")
    mean = poses[~test].mean(0)
    for name, chosen in (("training", ~test), ("test", test)):
        error = normalized_error(mean, poses[chosen])
        print(f"mean pose: N-MPJPE {error:.1f} mm over the {name} subjects")


def normalized_error(guess, poses):
    """N-MPJPE of one pose `[21, 3]` against poses `[N, 21, 3]`, all wrist-relative."""
    scale = (guess * poses).sum((1, 2)) / (guess**2).sum()
    return np.linalg.norm(scale[:, None, None] * guess - poses, axis=-1).mean()


if __name__ == "__main__":
    app.run(main)
