"""What stands before a training step: rendering, preparation and the pipeline."""

import dataclasses
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from scipy.spatial.transform import Rotation
from timing import alternate, exponent

from hand_geo_keras.datasets import pool_of_instants
from hand_geo_keras.geometry import virtual_camera, warp_crops
from hand_geo_keras.pipelines import Augmentation, quad_dataset
from hand_geo_keras.recordings.video_frames import VideoFrames
from hand_geo_keras.synthetic.cameras import dome_cameras
from hand_geo_keras.synthetic.sequence import SyntheticSequence
from hand_geo_keras.synthetic.timeline import FrameKind, frames_of_kind
from hand_geo_keras.synthetic.variants import SequenceSpec, sequences_of

_FULL_HD = (1920, 1080)
_AUGMENTATION = Augmentation(roll=45, shift=0.08, zoom=0.15, brightness=0.1)


def measure_pipeline(repeats, tiny=False):
    """Milliseconds of a batch of quads, and how they grow with cameras and instants."""
    size, quads = (32, 2) if tiny else (128, 4)
    counts = (2, 4) if tiny else (4, 16)
    read = 4 if tiny else 40
    readers = {
        f"{instants}_instants_{cameras}_cameras": _batches(
            random_pool(instants, cameras, size), quads, read
        )
        for instants, cameras in ((20, counts[0]), (20, counts[1]), (80, counts[0]))
    }
    times = {
        name: {unit: round(value / read, 3) for unit, value in t.items()}
        for name, t in alternate(readers, repeats).items()
    }
    few, more_cameras, more_instants = (t["ms"] for t in times.values())
    return {
        "images": 4 * quads,
        "crop_size": size,
        **times,
        "camera_exponent": exponent(counts, [few, more_cameras]),
        "instant_exponent": exponent((20, 80), [few, more_instants]),
    }


def random_pool(instants, cameras, size):
    """A pool of noise with a valid geometry."""
    rng = np.random.default_rng(0)
    shape = (cameras, size + size // 4, size + size // 4, 3)

    def instant(frame):
        return {
            "sequence": "noise",
            "subject": "nobody",
            "side": "right",
            "frame": frame,
            "joints": rng.normal(0, 40, (21, 3)).astype(np.float32),
            "valid": np.ones(21, bool),
            "views": {
                "camera": np.array([f"camera{number}" for number in range(cameras)]),
                "image": rng.integers(0, 256, shape, np.uint8),
                "background": rng.integers(0, 256, shape, np.uint8),
                "rotation": Rotation.random(cameras, rng).as_matrix().astype("float32"),
                "translation": np.tile(np.float32([0, 0, 800]), (cameras, 1)),
                "focal": np.full(cameras, 5.0 * size, np.float32),
                "box": np.zeros((cameras, 3), np.float32),
            },
        }

    return pool_of_instants((instant(frame) for frame in range(instants)), size)


def _batches(pool, quads, count):
    """Function that reads so many batches of a pipeline, which then ends.

    An endless one would fill its buffers while others are timed.
    """
    batches = quad_dataset(pool, quads, augmentation=_AUGMENTATION).take(count)

    def read():
        for _ in batches:
            pass

    return read


def measure_preparation(frames, repeats):
    """Processor milliseconds per full-HD frame of one camera, and frames/s of a core.

    A frame is decoded, converted to RGB, and two hands are cut out of it and of its
    background. Threads of OpenCV are switched off meanwhile.
    """
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        with tempfile.TemporaryDirectory() as folder:
            video = _write_video(Path(folder) / "clip.mp4", frames)
            times = alternate(
                {
                    "decode": lambda: list(video.read([frames - 1])),
                    "decode_and_convert": lambda: list(video.read(range(frames))),
                },
                repeats,
            )
            cut = alternate({"cut": _cut_two_hands(video)}, 10 * repeats)
    finally:
        cv2.setNumThreads(threads)
    parts = {name: t["cpu_ms"] / frames for name, t in times.items()}
    parts |= {name: t["cpu_ms"] for name, t in cut.items()}
    total = parts["decode_and_convert"] + parts["cut"]
    return {
        **{f"{name}_ms": round(value, 3) for name, value in parts.items()},
        "frames_per_s": round(1e3 / total, 1),
        "frames_per_s_if_decoding_were_all": round(1e3 / parts["decode"], 1),
    }


def _cut_two_hands(video):
    _, image = next(video.read([0]))
    background = image[::-1].copy()
    K = np.array([[1600.0, 0, 960], [0, 1600.0, 540], [0, 0, 1]])
    lens = np.array([-0.25, 0.19, 1e-3, -1e-3, 0.02])
    camera = dataclasses.replace(
        dome_cameras()[0], K=K, distortion=lens, resolution=_FULL_HD
    )
    boxes = (600.0, 500.0, 140.0), (1300.0, 600.0, 140.0)

    def cut():
        for box in boxes:
            crop = virtual_camera(camera, box, 128).with_size(160)
            warp_crops([image, background], camera, crop)

    return cut


def measure_rendering(instants):
    """Images/s of one core of the synthetic dome, without encoding."""
    cameras = sequences_of("full")[0].cameras
    sequence = SyntheticSequence(SequenceSpec(0, "train", instants, cameras))
    frames = frames_of_kind(sequence.timeline, FrameKind.GOOD)
    list(sequence.images(frames[0], cameras))  # loads the asset, renders the walls
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        start = time.process_time()
        images = sum(len(list(sequence.images(f, cameras))) for f in frames)
        seconds = time.process_time() - start
    finally:
        cv2.setNumThreads(threads)
    return {"images_per_s": round(images / seconds, 1), "images": images}


def measure_imports():
    """Seconds and peak MB of a fresh process that imports a part of the package."""
    # `getrusage` would count what this process held before the other was started.
    code = (
        "import time; start = time.perf_counter(); import {};"
        "print(time.perf_counter() - start,"
        "[line.split()[1] for line in open('/proc/self/status') if 'VmHWM' in line][0])"
    )
    measured = {}
    for name in (
        "hand_geo_keras",
        "hand_geo_keras.models",
        "hand_geo_keras.prediction",
    ):
        command = [sys.executable, "-c", code.format(name)]
        output = subprocess.run(command, check=True, capture_output=True, text=True)
        seconds, peak_kb = map(float, output.stdout.split())
        measured[name] = {"seconds": round(seconds, 3), "peak_mb": peak_kb / 1e3}
    return measured


def _write_video(path, frames):
    noise = np.random.default_rng(0).integers(0, 256, (34, 60, 3), np.uint8)
    scene = cv2.resize(noise, _FULL_HD)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 30.0, _FULL_HD)
    for number in range(frames):
        writer.write(np.roll(scene, 3 * number, axis=1))
    writer.release()
    return VideoFrames(path)
