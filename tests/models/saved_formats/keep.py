"""Writes the files of this version that later versions must load.

    python -m tests.models.saved_formats.keep

Run it once before a release, and commit the folder that it makes. Never run it again
for a version that is out: what its users have does not change either.
"""

from pathlib import Path

import keras
import numpy as np

from hand_geo_keras import __version__
from hand_geo_keras.models import save_to_preset
from tests import zoo

FOLDER = Path(__file__).parent


def models():
    """`name -> (model, inputs)`, one of each kind that users save."""
    keras.utils.set_random_seed(0)
    return {
        "compact_views": (zoo.compact_view_synthesizer(), zoo.placed_quads(1)),
        "unet_views": (zoo.view_synthesizer(), zoo.quads(1)),
        "pose_head": (zoo.pose_estimator(), zoo.labelled(2)[0]),
        "named_points": (zoo.lifting_estimator(), zoo.with_scale(2)),
    }


def outputs(model, inputs):
    """Flat dict of arrays that a model makes of its inputs."""
    made = model(zoo.tensors(inputs), training=False)
    made = made if isinstance(made, dict) else {"poses": made}
    return {name: np.asarray(value) for name, value in made.items()}


def main():
    folder = FOLDER / __version__
    folder.mkdir()
    for name, (model, inputs) in models().items():
        model.save(folder / f"{name}.keras")
        save_to_preset(folder / name, model, half_precision=False)
        np.savez_compressed(folder / f"{name}.npz", **outputs(model, inputs))


if __name__ == "__main__":
    main()
