"""Trains the encoder of the shipped preset on rendered hands, for as long as you like.

    hand-geo synth --variant=wild --instants=80000 --workers=2 --out_dir=runs/wild
    hand-geo synth --variant=wild --instants=768 --seed=1 --out_dir=runs/wild_val
    python examples/train_preset.py --data=runs/wild --validation=runs/wild_val \\
        --out_dir=runs/preset

Stop it at will and run it again: it resumes with the last epoch's backup. `log.csv`
gets a line per epoch, with the averaged weights' errors on other rendered hands. To
finish, run it with --decay_from=STEP: from there on the learning rate decays along a
cosine, and the training ends with a preset in OUT_DIR/preset.
"""

from pathlib import Path

import hand_geo_keras  # noqa: F401 - before TensorFlow, which it keeps quiet

# isort: split
import keras
from absl import app, flags

from hand_geo_keras.callbacks import batches_done, epochs_done, resumable_callbacks
from hand_geo_keras.models import (
    JointEncoder,
    JointTrainer,
    LiftHead,
    PoseEstimator,
    save_to_preset,
)
from hand_geo_keras.models.matching_layers import copy_matching_layers
from hand_geo_keras.optimizers import ConvMuon
from hand_geo_keras.pipelines.crop_geometry import ViewJitter
from hand_geo_keras.pipelines.crop_stream import CropStream
from hand_geo_keras.precision import (
    PRECISION_HELP,
    PRECISIONS,
    in_float32,
    set_precision,
)
from hand_geo_keras.training.learning_rate import WarmUpStableDecay
from hand_geo_keras.training.weight_average import WeightAverage

_DATA = flags.DEFINE_list("data", None, "Folder(s) of rendered hands.", required=True)
_VALIDATION = flags.DEFINE_string("validation", None, "Folder of other ones.")
_BACKGROUNDS = flags.DEFINE_string("backgrounds", None, "Photographs without hands.")
_OUT_DIR = flags.DEFINE_string("out_dir", "runs/preset", "For backup, log and preset.")
_START = flags.DEFINE_string("start_from", None, "Preset whose encoder to begin with.")
_BATCH_SIZE = flags.DEFINE_integer("batch_size", 64, "Crops in a batch.")
_RATE = flags.DEFINE_float("learning_rate", 2e-3, "Learning rate between its ends.")
_DECAY_FROM = flags.DEFINE_integer("decay_from", None, "Step at which the end begins.")
_DECAY_STEPS = flags.DEFINE_integer("decay_steps", 4000, "Steps of the end.")
_STEPS = flags.DEFINE_integer("steps", 1_000_000, "Steps in all, without decay.")
_EPOCH = flags.DEFINE_integer("epoch_steps", 500, "Steps between two backups.")
_PRECISION = flags.DEFINE_enum("precision", "auto", PRECISIONS, PRECISION_HELP)
_WIDTHS = flags.DEFINE_list("widths", ["32", "64", "96", "128", "160"], "Channels.")
_BLOCKS = flags.DEFINE_list("blocks", ["0", "1", "2", "2", "1"], "Residual blocks.")
_REFINER = flags.DEFINE_integer("refiner_units", 256, "Size of the depths' refiner.")
# Few are enough for presence and side; the others teach the joints.
_NEGATIVES = flags.DEFINE_float("negatives", 0.12, "Fraction of crops without a hand.")
_MIRRORED = flags.DEFINE_float("mirrored", 0.06, "Fraction of crops of a left hand.")
_VALIDATION_BATCHES = 16
_OUTPUT_LAYERS = ["to_heatmaps", "to_depths"]


def main(_):
    keras.utils.set_random_seed(0)
    set_precision(_PRECISION.value)
    folder = Path(_OUT_DIR.value)
    model = JointTrainer(_encoder())
    # Crops of heavy occlusion now and then give gradients a hundred times as large.
    optimizer = ConvMuon(
        weight_decay=0.01,
        global_clipnorm=5.0,
        exclude_layers=_OUTPUT_LAYERS,
    )
    model.compile(optimizer, loss="mae")
    average = WeightAverage(model, validation_data=_validation_data())
    start = batches_done(folder)
    rate = WarmUpStableDecay(
        _RATE.value,
        start,
        decay_from=_DECAY_FROM.value,
        decay_steps=_DECAY_STEPS.value,
    )
    steps = _STEPS.value
    if _DECAY_FROM.value is not None:
        steps = _DECAY_FROM.value + _DECAY_STEPS.value
    epochs = -(-steps // _EPOCH.value)
    model.fit(
        _stream().dataset(start),
        epochs=max(epochs, epochs_done(folder)),
        steps_per_epoch=_EPOCH.value,
        callbacks=[rate, average, *resumable_callbacks(folder, also=average)],
        verbose=2,
    )
    with average.in_place():
        encoder = in_float32(model.encoder)
    pose_model = PoseEstimator(encoder, LiftHead(encoder.num_points))
    save_to_preset(folder / "preset", pose_model)
    print(f"{folder / 'preset'}: {steps} steps of {_BATCH_SIZE.value} crops")


def _encoder():
    widths, blocks = (tuple(map(int, f.value)) for f in (_WIDTHS, _BLOCKS))
    encoder = JointEncoder(
        128, widths=widths, blocks=blocks, refiner_units=_REFINER.value
    )
    if _START.value is not None:
        trained = PoseEstimator.from_preset(_START.value).encoder
        new = copy_matching_layers(trained, encoder)
        print(f"Trained from random weights: {', '.join(new) or 'no layer'}")
    return encoder


def _stream():
    return CropStream(
        _DATA.value,
        _BATCH_SIZE.value,
        negatives=_NEGATIVES.value,
        mirrored=_MIRRORED.value,
        backgrounds=_BACKGROUNDS.value,
    )


def _validation_data():
    """Framed right hands as a fine pass sees them, before other backgrounds."""
    if _VALIDATION.value is None:
        return None
    jitter = ViewJitter(any_roll=0.0, shift=0.05, zoom=0.05)
    stream = CropStream(_VALIDATION.value, 64, 1, jitter, negatives=0.0, mirrored=0.0)
    return stream.dataset().take(_VALIDATION_BATCHES).cache()


if __name__ == "__main__":
    app.run(main)
