"""Teaches a shipped preset to decode other views, beside what it knows of joints.

    python examples/train_preset_views.py --data=runs/wild \\
        --start_from=runs/preset/preset --out_dir=runs/views

The joints stay exactly as they are: the encoder is frozen but for its free latent
points and its appearance code, which are learned with the decoder from unlabelled
quads, as in Müller et al., section 2.1. Stop it at will and run it again: it resumes
with its last backup. `OUT_DIR/preset` then holds encoder, pose head and decoder. With
--views_from=PRESET decoder and appearance begin with those of another one.
"""

from pathlib import Path

import hand_geo_keras  # noqa: F401 - before TensorFlow, which it keeps quiet

# isort: split
import keras
from absl import app, flags

from hand_geo_keras.callbacks import NovelViewPanel
from hand_geo_keras.datasets import load_instants
from hand_geo_keras.geometry.skeleton import NUM_JOINTS
from hand_geo_keras.losses import PixelFeatureLoss
from hand_geo_keras.models import (
    CompactDecoder,
    JointEncoder,
    PoseEstimator,
    ViewSynthesizer,
    save_to_preset,
)
from hand_geo_keras.models.matching_layers import copy_matching_layers
from hand_geo_keras.pipelines import Augmentation, fixed_quads, quad_dataset
from hand_geo_keras.precision import (
    PRECISION_HELP,
    PRECISIONS,
    in_float32,
    in_policy,
    set_precision,
)
from hand_geo_keras.training.fitting import decaying_adam, fit_resumable

_DATA = flags.DEFINE_string("data", None, "Folder of rendered hands.", required=True)
_VALIDATION = flags.DEFINE_string("validation", None, "Folder of other ones.")
_START = flags.DEFINE_string("start_from", "hand_128", "Preset: a name or a folder.")
_VIEWS = flags.DEFINE_string("views_from", None, "Preset that decodes views already.")
_OUT_DIR = flags.DEFINE_string("out_dir", "runs/views", "For backup, logs and preset.")
_FEATURES = flags.DEFINE_string("features", "auto", "Weights of the feature loss.")
_INSTANTS = flags.DEFINE_integer("instants", 6000, "Instants held in memory.")
_STEPS = flags.DEFINE_integer("steps", 6000, "Training steps.")
_QUADS = flags.DEFINE_integer("quads", 8, "Quads in a batch, of four images each.")
_RATE = flags.DEFINE_float("learning_rate", 1.5e-3, "Decays along a cosine.")
_PRECISION = flags.DEFINE_enum("precision", "auto", PRECISIONS, PRECISION_HELP)
# What looks are learned from: the joints know nothing of the forearm or of colours.
_LEARNING = ("to_heatmaps", "to_depths", "to_depth_offsets", "appearance")
_AUGMENTATION = Augmentation(roll=15.0, shift=0.05, zoom=0.1, color=0.1)
_VALIDATION_QUADS = 128


def main(_):
    keras.utils.set_random_seed(0)
    set_precision(_PRECISION.value)
    before = _VIEWS.value and ViewSynthesizer.from_preset(_VIEWS.value)
    model = ViewSynthesizer(
        _encoder(before),
        _decoder(before),
        latent_consistency_weight=0.3,
        mask_weight=1.0,
        supervised_points=NUM_JOINTS,
        seed=0,
    )
    loss = PixelFeatureLoss(_FEATURES.value, foreground_weight=7.0, feature_every=2)
    model.compile(decaying_adam(_RATE.value, _STEPS.value), loss=loss)
    pool = load_instants(
        _DATA.value, lambda instant: instant["frame"] < _INSTANTS.value
    )
    fit_resumable(
        model,
        lambda first: quad_dataset(
            pool, _QUADS.value, 0, _AUGMENTATION, first_batch=first
        ),
        _OUT_DIR.value,
        _STEPS.value,
        description="View synthesis",
        callbacks=_panel(),
    )
    trained = in_float32(model)
    trained.encoder.trainable = True
    head = PoseEstimator.from_preset(_START.value).pose_head
    folder = Path(_OUT_DIR.value) / "preset"
    save_to_preset(folder, trained, PoseEstimator(trained.encoder, head))
    print(f"{folder}: {_STEPS.value} steps of {_QUADS.value} quads")
    if _VALIDATION.value:
        trained.compile(loss=loss)
        print(trained.evaluate(_validation_quads(), return_dict=True, verbose=0))


def _encoder(before):
    start = PoseEstimator.from_preset(_START.value).encoder
    config = {**start.get_config(), "looks_at_joints": True}
    encoder = JointEncoder.from_config(config)
    if before:
        copy_matching_layers(before.encoder, encoder)
    copy_matching_layers(start, encoder)
    encoder = in_policy(encoder, keras.config.dtype_policy().name)
    for layer in encoder.layers:
        layer.trainable = layer.name in _LEARNING
    return encoder


def _decoder(before):
    if before:
        return in_policy(before.decoder, keras.config.dtype_policy().name)
    return CompactDecoder(
        128, (32, 64, 96), 64, 16, full_size_channels=16, spot_width=0.1
    )


def _validation_quads(count=_VALIDATION_QUADS):
    pool = load_instants(_VALIDATION.value)
    return fixed_quads(pool, count, _QUADS.value)


def _panel():
    if not _VALIDATION.value:
        return ()
    (quads,) = fixed_quads(load_instants(_VALIDATION.value), 4, 4)
    return [NovelViewPanel(quads, Path(_OUT_DIR.value) / "logs", every=5)]


if __name__ == "__main__":
    app.run(main)
