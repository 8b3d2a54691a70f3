"""Renders the synthetic dome as CMU Panoptic folders.

    python -m hand_geo_keras.recordings.synthetic --variant=mini --out_dir=dome

Interrupt it at will: run it again and it goes on with the first unfinished sequence.
"""

import pathlib

from absl import app, flags

from hand_geo_keras.recordings.synthetic.dome_writer import write_dome
from hand_geo_keras.recordings.synthetic.variants import sequences_of

_VARIANT = flags.DEFINE_enum(
    "variant", "mini", ["tiny", "mini", "full"], "How much is rendered."
)
_OUT_DIR = flags.DEFINE_string("out_dir", None, "Folder for the sequences' folders.")
_SEED = flags.DEFINE_integer("seed", 0, "Other seeds are other people.", lower_bound=0)
_CAMERAS = flags.DEFINE_list(
    "cameras", None, "Camera numbers 0..30 to render instead of the variant's."
)
_FRAMES = flags.DEFINE_enum(
    "frames", "videos", ["videos", "images"], "Write hdVideos/*.mp4 or hdImgs/*.jpg."
)
_WORKERS = flags.DEFINE_integer("workers", 1, "Number of processes.", lower_bound=1)


def main(argv):
    if len(argv) > 1:
        raise app.UsageError(f"Unknown arguments: {argv[1:]}")
    try:
        cameras = None if _CAMERAS.value is None else [*map(int, _CAMERAS.value)]
        sequences = sequences_of(_VARIANT.value, cameras)
    except ValueError as error:
        raise app.UsageError(str(error)) from error
    out_dir = pathlib.Path(_OUT_DIR.value).expanduser()
    done = write_dome(out_dir, sequences, _SEED.value, _FRAMES.value, _WORKERS.value)
    rate = done["images"] / max(done["seconds"], 1e-9)
    print(
        f"{out_dir}: {len(done['rendered'])} sequences rendered, "
        f"{len(done['skipped'])} already there; {done['images']} images in "
        f"{done['seconds']:.1f} s ({rate:.1f} images/s)"
    )


if __name__ == "__main__":
    flags.mark_flag_as_required("out_dir")
    app.run(main)
