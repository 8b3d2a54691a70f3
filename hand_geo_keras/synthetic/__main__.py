"""Renders the synthetic dome as CMU Panoptic folders.

    python -m hand_geo_keras.synthetic --variant=mini --out_dir=dome
    python -m hand_geo_keras.synthetic --contact_sheet=dome.png

Interrupt it at will: run it again and it resumes with the first unfinished sequence.
"""

import pathlib
from collections.abc import Sequence
from pathlib import Path

from absl import app, flags

from hand_geo_keras.io import write_image
from hand_geo_keras.synthetic.contact_sheet import contact_sheet
from hand_geo_keras.synthetic.dome_writer import write_dome
from hand_geo_keras.synthetic.variants import sequences_of

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
_CONTACT_SHEET = flags.DEFINE_string(
    "contact_sheet", None, "PNG with 8 subjects from 6 views to write."
)
_WORKERS = flags.DEFINE_integer("workers", 1, "Number of processes.", lower_bound=1)


def main(argv: Sequence[str]) -> None:
    """Renders what the flags ask for."""
    if len(argv) > 1:
        raise app.UsageError(f"Unknown arguments: {argv[1:]}")
    if _OUT_DIR.value is None and _CONTACT_SHEET.value is None:
        raise app.UsageError("Give --out_dir, --contact_sheet or both.")
    if _CONTACT_SHEET.value is not None:
        write_contact_sheet(pathlib.Path(_CONTACT_SHEET.value).expanduser())
    if _OUT_DIR.value is not None:
        render(pathlib.Path(_OUT_DIR.value).expanduser())


def render(out_dir: str | Path) -> None:
    """Renders the variant and prints how fast it went."""
    try:
        cameras = None if _CAMERAS.value is None else [*map(int, _CAMERAS.value)]
        sequences = sequences_of(_VARIANT.value, cameras)
    except ValueError as error:
        raise app.UsageError(str(error)) from error
    done = write_dome(out_dir, sequences, _SEED.value, _FRAMES.value, _WORKERS.value)
    rate = done["images"] / max(done["seconds"], 1e-9)
    print(
        f"{out_dir}: {len(done['rendered'])} sequences rendered, "
        f"{len(done['skipped'])} already there; {done['images']} images in "
        f"{done['seconds']:.1f} s ({rate:.1f} images/s)"
    )


def write_contact_sheet(path: str | Path) -> None:
    """Renders and writes the PNG."""
    write_image(path, contact_sheet(seed=_SEED.value))
    print(f"{path}: 8 subjects from 6 views")


if __name__ == "__main__":
    app.run(main)
