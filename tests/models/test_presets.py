import numpy as np
import pytest

from hand_geo_keras.models import (
    PRESETS,
    build_pose_estimator,
    build_pose_head,
    build_view_synthesizer,
)


@pytest.mark.parametrize("preset", ["quarter_unet_64", "compact_64", "compact_128"])
def test_preset_builds_models_that_fit_together(preset):
    views = build_view_synthesizer(preset)
    estimator = build_pose_estimator(preset, views)
    assert estimator.encoder is views.encoder
    assert not estimator.trainable_encoder
    size = views.encoder.image_size
    image = np.zeros((1, size, size, 3), "uint8")
    assert estimator({"image": image}).shape == (1, 21, 3)
    rotation = np.eye(3, dtype="float32")[None]
    decoded = views.synthesize(
        {"image": image, "rotation": rotation, "background": image}
    )
    assert decoded["image"].shape == (1, size, size, 3)


@pytest.mark.parametrize("preset", ["compact_64", "compact_128"])
def test_compact_presets_need_few_parameters_for_a_pose(preset):
    estimator = build_pose_estimator(preset)
    assert estimator.count_params() < 3e6


def test_sizes_can_be_changed():
    model = build_view_synthesizer(
        "compact_64",
        image_size=32,
        num_points=10,
        appearance_dim=4,
        encoder_arguments={"dropout": 0.0},
        decoder_arguments={"background_mode": "concat"},
        self_reconstruction_probability=0.5,
    )
    assert model.encoder.output["latent_3d"].shape == (None, 10, 3)
    assert model.encoder.output["appearance"].shape == (None, 4)
    assert (model.encoder.image_size, model.encoder.dropout) == (32, 0.0)
    assert model.decoder.background_mode == "concat"
    assert model.self_reconstruction_probability == 0.5
    assert build_pose_head("compact_64", num_points=10).input.shape == (None, 10, 3)


def test_supervised_baseline_trains_a_fresh_encoder():
    assert build_pose_estimator("compact_64").trainable_encoder


def test_unknown_preset_lists_the_known_ones():
    with pytest.raises(ValueError, match="reference_unet"):
        build_view_synthesizer("huge")
    assert len(PRESETS) == 5
