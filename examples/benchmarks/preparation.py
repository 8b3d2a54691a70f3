"""Measures the preparation: frames/s per core, two workers, hours on many.

    OMP_NUM_THREADS=1 python examples/benchmarks/preparation.py

Writes a tree of full-HD videos with labels, prepares it in one process and, if Apache
Beam is installed, on its local runner with one and two worker processes. Then prints
what the whole of the paper's data would take: 31 cameras x 65,049 frames. Rates are
per second of processor time, so they hold on a busy machine too. The speed-up by the
clock needs two idle cores; that by processor time is what they would give. Takes some
minutes.
"""

import dataclasses
import importlib.util
import math
import pathlib
import resource
import tempfile
import time

import cv2
import numpy as np
from absl import app, flags

from hand_geo_keras.datasets import Preparation, prepare_recording
from hand_geo_keras.datasets.features import with_encoded_images
from hand_geo_keras.datasets.instants import cut_instants
from hand_geo_keras.recordings import median_backgrounds, open_recording
from hand_geo_keras.synthetic.cameras import dome_cameras
from hand_geo_keras.synthetic.panoptic_writer import (
    VideoSink,
    hand_entry,
    write_calibration,
    write_hands,
)

_CAMERAS = flags.DEFINE_integer("cameras", 4, "Cameras of the tree.", lower_bound=2)
_FRAMES = flags.DEFINE_integer("frames", 120, "Frames per camera.", lower_bound=10)
_RECORDING = flags.DEFINE_string(
    "recording", None, "Your own recording, to be measured instead."
)
_FULL_HD = (1920, 1080)
_PAPER_CAMERAS = 31
# 48,683 frames of two training sequences, taken as equally long, and the test one.
_PAPER_SEQUENCES = (24_342, 24_341, 16_366)
_WORKERS = (1, 16, 256)
_FRAMES_IN_MEMORY = 24


@dataclasses.dataclass(frozen=True)
class Seconds:
    """Processor seconds of the parts of the preparation, in one process.

    Args:
        decode: Per frame and camera, whether it is used or not.
        convert: Per frame and camera that is used.
        cut: Per frame and camera: both hands, crops, backgrounds and PNG.
        median: Per camera: median background, without decoding.
    """

    decode: float
    convert: float
    cut: float
    median: float

    @property
    def per_frame(self):
        return self.decode + self.convert + self.cut


def main(argv):
    del argv
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        tree = _RECORDING.value or write_tree(folder / "171026_bench")
        recording = open_recording(tree)
        seconds = measure_parts(recording)
        overhead = 1.0
        if importlib.util.find_spec("apache_beam"):
            overhead = measure_beam(recording, folder)
        else:
            print("Apache Beam is not installed: no measurement of two workers.")
    print_cost_model(seconds, overhead)


def write_tree(tree):
    """Writes full-HD videos of moving blobs and noise, and two hands per frame."""
    rng = np.random.default_rng(0)
    cameras = [_full_hd(dome_cameras()[index]) for index in range(_CAMERAS.value)]
    write_calibration(tree / f"calibration_{tree.name}.json", cameras)
    scene = cv2.resize(rng.integers(0, 255, (34, 60, 3), np.uint8), _FULL_HD)
    sinks = [VideoSink(tree, camera, 30) for camera in cameras]
    noise = rng.integers(0, 12, (8, *scene.shape), np.uint8)
    for frame in range(_FRAMES.value):
        image = np.roll(scene, 3 * frame, axis=1) // 2 + noise[frame % 8]
        for sink in sinks:
            sink.add(frame, image)
        write_people(tree, frame, rng)
    for sink in sinks:
        sink.close()
    return tree


def write_people(tree, frame, rng):
    """Writes the labels of two hands 110 cm above the floor (y points down)."""
    person = {"id": 0}
    for side, x in (("left", -300.0), ("right", 300.0)):
        place = [x + 100 * np.sin(frame / 10), -1100.0, 0.0]
        joints = rng.uniform(-80, 80, (21, 3)) + place
        person[f"{side}_hand"] = hand_entry(rng, joints, range(_CAMERAS.value))
    write_hands(tree / "hdHand3d" / f"handRecon3D_hd{frame:08d}.json", [person])


def _full_hd(camera):
    """The camera with the lens of the real ones: a hand is some 100 pixels large."""
    width, height = _FULL_HD
    K = np.array([[1600.0, 0, width / 2], [0, 1600.0, height / 2], [0, 0, 1]])
    return dataclasses.replace(camera, K=K, resolution=_FULL_HD)


def measure_parts(recording):
    """Prints and returns the processor time of each part, for the first camera."""
    camera, last = recording.cameras[0], recording.num_frames - 1
    frames = recording.labelled_frames[:_FRAMES_IN_MEMORY]
    # To reach a frame, all before it are decoded, but not converted.
    decode = _seconds(lambda: list(recording.frames(camera.name, [last]))) / (last + 1)
    images = {}
    both = _seconds(lambda: images.update(recording.frames(camera.name, frames)))
    convert = both / len(frames) - decode * (frames[-1] + 1) / len(frames)
    backgrounds = {}
    median = _seconds(
        lambda: backgrounds.update(median_backgrounds(recording, cameras=[camera]))
    )
    num_used = min(Preparation().background_frames, last + 1)
    median -= decode * (last + 1) + convert * num_used
    views = []
    cut = _seconds(lambda: views.extend(_cut(recording, camera, images, backgrounds)))
    seconds = Seconds(decode, convert, cut / len(frames), median)
    print(f"{camera.resolution[0]} x {camera.resolution[1]}, one core:")
    print(f"  decode  {1e3 * decode:6.1f} ms per frame and camera")
    print(f"  convert {1e3 * convert:6.1f} ms")
    print(
        f"  cut     {1e3 * seconds.cut:6.1f} ms ({len(views) / len(frames):.1f} views)"
    )
    print(f"  median  {median:6.1f} s per camera")
    print(f"  together {1 / seconds.per_frame:.1f} frames/s per core")
    return seconds


def _cut(recording, camera, images, backgrounds):
    for frame, image in images.items():
        one = {camera.name: image}
        instants, _ = cut_instants(recording, frame, one, backgrounds, Preparation())
        yield from (with_encoded_images(instant) for instant in instants)


def _seconds(action):
    start = time.process_time()
    action()
    return time.process_time() - start


def measure_beam(recording, folder):
    """Prints the speed-up of two workers; returns Beam's work over the serial one."""
    start, used = time.perf_counter(), time.process_time()
    prepare_recording(recording, folder / "serial", progress=False)
    serial = time.perf_counter() - start
    used = time.process_time() - used
    one, two = (_run_beam(recording, folder, workers) for workers in (1, 2))
    idle = _run_beam_on_nothing(recording, folder)
    print(f"by the clock: serial {serial:.1f} s, ", end="")
    print(f"Beam with 1 worker {one[0]:.1f} s, with 2 workers {two[0]:.1f} s, ", end="")
    print(f"of which start-up {idle[0][0]:.1f} and {idle[1][0]:.1f} s")
    for number, kind in enumerate(("clock", "processor time of a worker")):
        work = [one[number] - idle[0][number], two[number] - idle[1][number]]
        print(f"  2 workers over 1 by {kind}: ", end="")
        print(f"{one[number] / two[number]:.2f}x, ", end="")
        print(f"without the start-up {work[0] / work[1]:.2f}x")
    return max(1.0, (one[1] - idle[0][1]) / used)


def _run_beam(recording, folder, workers, name="beam"):
    """Seconds by the clock, and of processor time per worker process."""
    from apache_beam.options.pipeline_options import PipelineOptions

    from hand_geo_keras.datasets.beam_preparation import prepare_on_beam

    options = PipelineOptions(
        [],
        # "DirectRunner" would look for a newer runner on the internet first.
        runner="FnApiRunner",
        direct_num_workers=workers,
        direct_running_mode="multi_processing",
    )
    start, used = time.perf_counter(), _used_by_children()
    prepare_on_beam(
        [recording], [folder / f"{name}{workers}"], options=options, chunks_per_camera=1
    )
    return time.perf_counter() - start, (_used_by_children() - used) / workers


def _used_by_children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _run_beam_on_nothing(recording, folder):
    """`_run_beam` with one and two workers for a recording of almost nothing."""
    short = folder / "171026_short"
    short.mkdir()
    for file in recording.path.glob("calibration_*.json"):
        text = file.read_text().replace(recording.name, short.name)
        (short / f"calibration_{short.name}.json").write_text(text)
    for camera in recording.cameras:
        sink = VideoSink(short, camera, 30)
        for frame in range(2):
            sink.add(frame, np.zeros((*camera.resolution[::-1], 3), np.uint8))
        sink.close()
    write_people(short, 0, np.random.default_rng(0))
    tiny = open_recording(short)
    return [_run_beam(tiny, folder, workers, "short") for workers in (1, 2)]


def print_cost_model(seconds, overhead):
    """Prints the hours for the paper's data on some numbers of workers.

    With k chunks per video a chunk decodes all frames before it too, so decoding
    costs (k + 1) / 2 times as much; the clock cannot beat the longest chunk.
    """
    total = sum(_PAPER_SEQUENCES)
    videos, longest = _PAPER_CAMERAS * len(_PAPER_SEQUENCES), max(_PAPER_SEQUENCES)
    print(f"{_PAPER_CAMERAS} cameras x {total} frames, ", end="")
    print(f"Beam's overhead x{overhead:.2f}:")
    used = seconds.convert + seconds.cut
    for workers in _WORKERS:
        k = max(1, math.ceil(workers / videos))
        frames = _PAPER_CAMERAS * total
        backgrounds = frames * seconds.decode + videos * seconds.median
        work = backgrounds + frames * (seconds.decode * (k + 1) / 2 + used)
        last = longest * (2 * seconds.decode + used / k) + seconds.median
        hours = max(work * overhead / workers, last) / 3600
        print(f"  {workers:4d} workers: {hours:7.2f} h ({k} chunks per video)")


if __name__ == "__main__":
    app.run(main)
