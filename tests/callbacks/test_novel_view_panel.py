import cv2
import keras
import numpy as np
import pytest

from hand_geo_keras.callbacks import NovelViewPanel
from hand_geo_keras.models import SemiSupervisedPoseEstimator, build_pose_head
from hand_geo_keras.pipelines import semi_supervised_dataset
from hand_geo_keras.visualization.image_grid import image_grid
from tests.callbacks.conftest import new_synthesizer
from tests.callbacks.event_files import read_images

TAG = "novel_views"


def fit(model, batches, *callbacks, epochs=3):
    model.fit(
        batches, epochs=epochs, steps_per_epoch=2, verbose=0, callbacks=[*callbacks]
    )


def test_every_epochs_panel_arrives_in_the_event_file(
    synthesizer, batches, quads, tmp_path
):
    fit(synthesizer, batches, NovelViewPanel(quads, tmp_path))
    panels = read_images(tmp_path / "images")[TAG]
    assert sorted(panels) == [0, 1, 2]
    true = np.concatenate([quads["image"][0, 0], quads["image"][0, 1]], axis=1)
    small = panels[2][20:148, 2:260]  # the first row without its prediction
    cells = [small[:, :128], small[:, 130:]]
    shrunk = [cv2.resize(cell, (16, 16), interpolation=0) for cell in cells]
    np.testing.assert_array_equal(np.concatenate(shrunk, axis=1), true)
    assert (panels[2][20:, 262:] != panels[0][20:, 262:]).any()  # it has learned


def test_the_prediction_is_what_the_model_decodes_for_the_second_view(
    synthesizer, batches, quads, tmp_path
):
    fit(synthesizer, batches, NovelViewPanel(quads, tmp_path), epochs=1)
    R = quads["rotation"].numpy()
    # As in training, the looks come from the other instant: here from view 3, which
    # is that of view 1 without a random choice.
    decoded = synthesizer.synthesize(
        {
            "image": quads["image"][:, 0],
            "rotation": R[:, 1] @ R[:, 0].transpose(0, 2, 1),
            "background": quads["background"][:, 1],
            "appearance_image": quads["image"][:, 3],
        }
    )["image"].numpy()
    decoded = decoded.clip(0, 255).round().astype(np.uint8)
    expected = image_grid([[image] for image in decoded], ["predicted"])
    panel = read_images(tmp_path / "images")[TAG][0]
    difference = np.abs(panel[20:, 262:].astype(int) - expected[20:, 2:])
    assert difference.max() <= 1


def test_every_nth_epoch_and_the_last_one_with_png_files(
    synthesizer, batches, quads, tmp_path
):
    panel = NovelViewPanel(quads, tmp_path, every=2, png_dir=tmp_path / "png")
    fit(synthesizer, batches, panel, epochs=5)
    panels = read_images(tmp_path / "images")[TAG]
    assert sorted(panels) == [1, 3, 4]
    files = sorted(path.name for path in (tmp_path / "png").iterdir())
    assert files == [f"novel_views_{k:04d}.png" for k in (2, 4, 5)]
    png = cv2.imread(str(tmp_path / "png" / files[-1]))[..., ::-1]
    np.testing.assert_array_equal(png, panels[4])


def test_it_writes_beside_keras_own_logs_whatever_their_frequency(
    synthesizer, batches, quads, tmp_path
):
    # With a frequency in batches Keras switches recording off between them.
    keras_logs = keras.callbacks.TensorBoard(tmp_path, update_freq=5)
    fit(synthesizer, batches, keras_logs, NovelViewPanel(quads, tmp_path))
    assert sorted(read_images(tmp_path / "images")[TAG]) == [0, 1, 2]
    assert {"train", "images"} <= {path.name for path in tmp_path.iterdir()}


def test_training_is_the_same_with_and_without(batches, quads, tmp_path):
    models = new_synthesizer(), new_synthesizer()
    for model, callbacks in zip(models, ((), (NovelViewPanel(quads, tmp_path),))):
        keras.utils.set_random_seed(0)
        fit(model, batches, *callbacks)
    weights = [model.get_weights() for model in models]
    for without, with_panel in zip(*weights, strict=True):
        np.testing.assert_allclose(with_panel, without, atol=1e-6)


def test_a_semi_supervised_model_is_rendered_too(synthesizer, pool, quads, tmp_path):
    head = build_pose_head("compact_64", num_points=12, hidden_units=(8,))
    model = SemiSupervisedPoseEstimator(synthesizer, head)
    views = np.arange(6)
    model.adapt(pool.poses(views))
    model.compile("adam", loss="mae")
    batches = semi_supervised_dataset(pool, views, 2, 1)
    fit(model, batches, NovelViewPanel(quads, tmp_path), epochs=1)
    assert list(read_images(tmp_path / "images")) == [TAG]


def test_a_model_that_synthesizes_no_views_is_refused(quads, tmp_path):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    with pytest.raises(ValueError, match="Received: Sequential"):
        NovelViewPanel(quads, tmp_path).set_model(model)
    with pytest.raises(ValueError, match="Received: every=0"):
        NovelViewPanel(quads, tmp_path, every=0)
