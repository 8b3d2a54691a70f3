"""Makes a preset that ships with the package from models that a grid has trained.

    python examples/tools/make_trained_preset.py --name=compact_64 \
        --encoder=runs/full/encoders/augmented_s0 \
        --cell=runs/full/cells/pre_trained_aug_28592_s0

Writes config.json, weights.npz (half precision) and MODEL_CARD.md, whose figures come
from the grid's result files. `PoseEstimator.from_preset(name)` then loads it anywhere.
"""

import shlex
import sys

from absl import app, flags

from hand_geo_keras.errors import HandGeoError
from hand_geo_keras.preset_folders import SHIPPED
from hand_geo_keras.scenarios.trained_preset import make_trained_preset

FLAGS = flags.FLAGS
flags.DEFINE_string("name", None, "Name of the preset.")
flags.DEFINE_string(
    "encoder",
    None,
    "Folder of an encoder of the grid, or the .keras file of a ViewSynthesizer; not "
    "needed if the cell kept its own.",
)
flags.DEFINE_string(
    "cell",
    None,
    "Folder of a cell of the grid, or the .keras file of a pose model; without it the "
    "preset predicts no poses.",
)
flags.DEFINE_string(
    "dataset", None, "Folder of the prepared dataset, to name its subjects."
)
flags.DEFINE_string(
    "photos",
    None,
    "What was measured on real recordings, in words, for the model card.",
)
flags.DEFINE_string(
    "out_dir", str(SHIPPED), "Folder of presets; by default that of the package."
)
flags.mark_flag_as_required("name")


def main(_):
    directory = f"{FLAGS.out_dir}/{FLAGS.name}"
    try:
        sizes = make_trained_preset(
            directory,
            FLAGS.encoder,
            FLAGS.cell,
            FLAGS.dataset,
            command=shlex.join(["python", *sys.argv]),
            photos=FLAGS.photos,
        )
    except HandGeoError as error:
        raise SystemExit(f"error: {error}") from error
    for name, size in sizes.items():
        print(f"{size / 1e3:10.1f} kB  {directory}/{name}")


if __name__ == "__main__":
    app.run(main)
