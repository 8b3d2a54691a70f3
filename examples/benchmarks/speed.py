"""Measures how fast everything is, beside its peers and the processor's ceiling.

    python examples/benchmarks/speed.py --quick --out=speed.json

Forms of one thing are timed in turn, by medians, so that a busy machine hits all of
them alike. Without `--quick` it takes some ten minutes on two cores, with it three.
PyTorch's steps need the extra `bench`, ONNX Runtime the extra `onnx`, and MediaPipe's
networks the two `.tflite` files out of its wheel. A ratio is null where its peer is
absent, and the entry of the peer says why.
"""

import json
import platform
import time
from pathlib import Path

from absl import app, flags, logging
from data_stages import (
    measure_imports,
    measure_pipeline,
    measure_preparation,
    measure_rendering,
)
from inference_entry_points import measure_inference, measure_photos, measure_video
from pool_memory import measure_pool_memory
from speed_plot import save_plot
from timing import peak_memory_mb, ratio
from training_steps import (
    CASES,
    TINY_CASES,
    measure_ceiling,
    measure_growth,
    measure_training,
    training_ratios,
)

from hand_geo_keras.cli.scripts import resumable_script
from hand_geo_keras.io import write_json
from hand_geo_keras.precision import resolve_precision

_PARTS = (
    "ceiling",
    "training",
    "growth",
    "pipeline",
    "preparation",
    "rendering",
    "inference",
    "photos",
    "video",
    "imports",
    "pool_memory",
)
_QUICK = flags.DEFINE_bool("quick", False, "Fewer rounds; about three minutes.")
_TINY = flags.DEFINE_bool("tiny", False, "Sizes that measure nothing, for tests.")
_OUT = flags.DEFINE_string("out", None, "JSON file to write; the plot lies beside.")
_ONLY = flags.DEFINE_list(
    "only", list(_PARTS), f"Parts to measure, of {', '.join(_PARTS)}."
)
_FULL = flags.DEFINE_string("mediapipe_full", None, "hand_landmark_full.tflite.")
_LITE = flags.DEFINE_string("mediapipe_lite", None, "hand_landmark_lite.tflite.")


def main(_):
    logging.set_verbosity(logging.WARNING)  # exporting is talkative
    unknown = set(_ONLY.value) - set(_PARTS)
    with resumable_script(ValueError):
        if unknown:
            raise ValueError(f"--only must name parts. Received: {sorted(unknown)}")
        measured = measure()
    if _OUT.value:
        write_json(_OUT.value, measured)
        save_plot(measured, Path(_OUT.value).with_suffix(".png"))
    print(json.dumps(measured["ratios"], indent=1))


def measure():
    """dict from part to what was measured, with `"ratios"` and `"machine"`."""
    rounds = 1 if _TINY.value else 3 if _QUICK.value else 9
    mediapipe = {"mediapipe_full": _FULL.value, "mediapipe_lite": _LITE.value}
    parts = {
        "ceiling": lambda: measure_ceiling(3 * rounds, _TINY.value),
        "training": lambda: measure_training(_cases(), rounds),
        "growth": lambda: measure_growth(rounds, _TINY.value),
        "pipeline": lambda: measure_pipeline(rounds, _TINY.value),
        "preparation": lambda: measure_preparation(10 if _TINY.value else 60, rounds),
        "rendering": lambda: measure_rendering(2 if _TINY.value else 4 * rounds),
        "inference": lambda: measure_inference(5 * rounds, mediapipe),
        "photos": lambda: measure_photos(5 * rounds),
        "video": lambda: measure_video(8 if _TINY.value else 100 * rounds),
        "imports": measure_imports,
        "pool_memory": lambda: measure_pool_memory(_TINY.value),
    }
    measured = {}
    for name in _ONLY.value:
        start = time.perf_counter()
        measured[name] = parts[name]()
        print(f"{name}: measured in {time.perf_counter() - start:.1f} s", flush=True)
    return {
        **measured,
        "peak_mb": peak_memory_mb(),
        "ratios": ratios(measured),
        "machine": {
            "processor": platform.processor() or platform.machine(),
            "python": platform.python_version(),
            "bfloat16": resolve_precision("auto") == "bfloat16",
        },
    }


def _cases():
    if _TINY.value:
        return TINY_CASES
    return dict(list(CASES.items())[:2]) if _QUICK.value else CASES


def ratios(measured):
    """The figures that goals are set for; None where a part or a peer is absent."""
    inference = measured.get("inference", {})
    video = measured.get("video", {}).get("ms_per_frame", {})
    return {
        **training_ratios(measured.get("training", {})),
        "pipeline_vs_training": _pipeline_fraction(measured),
        # One thread each, in the form in which either is shipped.
        "latency_vs_mediapipe_full": ratio(inference, "mediapipe_full", "tflite_8_bit"),
        "predict_video_ms_per_frame": video.get("annotated"),
        "render_images_per_s": measured.get("rendering", {}).get("images_per_s"),
    }


def _pipeline_fraction(measured):
    """Milliseconds of a batch of 16 images at 128 px, as a fraction of its step."""
    pipeline, step = measured.get("pipeline"), measured.get("training", {})
    if pipeline is None or "train_128" not in step:
        return None
    batch = next(value for value in pipeline.values() if isinstance(value, dict))
    return round(batch["ms"] / step["train_128"]["ours_bfloat16"]["ms"], 4)


if __name__ == "__main__":
    app.run(main)
