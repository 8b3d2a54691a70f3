import keras
import numpy as np
import pytest

from hand_geo_keras.callbacks import LatentPointPlot
from hand_geo_keras.models import PoseEstimator, build_pose_head
from hand_geo_keras.pipelines import labelled_dataset
from tests.callbacks.event_files import read_images

TAG = "latent_points"


def cells_of(image, columns):
    """The images of the first row."""
    return [image[20:148, 2 + 130 * k : 130 * (k + 1)] for k in range(columns)]


def test_points_are_rendered_from_the_asked_sides(synthesizer, batches, pool, tmp_path):
    plot = LatentPointPlot(pool.images[:2, 4:20, 4:20], tmp_path, angles=(0, 90, 360))
    synthesizer.fit(batches, epochs=2, steps_per_epoch=1, verbose=0, callbacks=[plot])
    plots = read_images(tmp_path / "images")[TAG]
    assert sorted(plots) == [0, 1]
    _, front, side, front_again = cells_of(plots[1], 4)
    np.testing.assert_array_equal(front, front_again)
    assert (front != side).any()
    for cell in (front, side):
        fraction = (cell < 250).any(-1).mean()
        assert 0.003 < fraction < 0.2  # twelve points of four pixels across


def test_a_pose_estimators_points_are_rendered_too(synthesizer, pool, tmp_path):
    head = build_pose_head("compact_64", num_points=12, hidden_units=(8,))
    model = PoseEstimator(synthesizer.encoder, head, trainable_encoder=True)
    views = np.arange(6)
    model.adapt(pool.poses(views))
    model.compile("adam", loss="mse")
    plot = LatentPointPlot(pool.images[:1, 4:20, 4:20], tmp_path)
    batches = labelled_dataset(pool, views, 4)
    model.fit(batches, steps_per_epoch=1, verbose=0, callbacks=[plot])
    assert list(read_images(tmp_path / "images")) == [TAG]


def test_a_model_without_encoder_is_refused(tmp_path):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    plot = LatentPointPlot(np.zeros((1, 16, 16, 3), np.uint8), tmp_path)
    with pytest.raises(ValueError, match="Received: Sequential"):
        plot.set_model(model)
