import keras
import numpy as np
from scipy.special import log_softmax, softmax

from hand_geo_keras.models import JointTrainer
from hand_geo_keras.models.joint_trainer import heatmap_terms
from tests.models.test_joint_encoder import tiny


def batch(size=4, seed=0):
    rng = np.random.default_rng(seed)
    points = rng.uniform(-0.8, 0.8, (size, 21, 3)).astype("float32")
    points[:, 0, 2] = 0
    return {"image": rng.integers(0, 256, (size, 32, 32, 3), dtype=np.uint8)}, {
        "points": points,
        "weights": np.ones((size, 21), "float32"),
        "scale": np.full(size, 0.2, "float32"),
        "presence": np.ones(size, "float32"),
        "right": np.ones(size, "float32"),
    }


def test_heatmap_terms_are_the_cross_entropy_to_a_gaussian():
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 1, (1, 4, 4, 1)).astype("float32")
    points = np.array([[[0.3, -0.2, 0.0]]], "float32")
    y, x = np.divmod(np.arange(16), 4)
    distance = ((x + 0.5) / 2 - 1.3) ** 2 + ((y + 0.5) / 2 - 0.8) ** 2
    target = softmax(-distance * 2**2 / 2)  # a cell is 0.5 wide, sigma one cell
    expected = -(target * log_softmax(logits.reshape(16).astype("float64"))).sum()
    np.testing.assert_allclose(heatmap_terms(logits, points)[0, 0], expected, rtol=1e-5)


def test_learns_to_repeat_a_batch():
    keras.utils.set_random_seed(0)
    model = JointTrainer(tiny(dropout=0.0))
    model.compile(keras.optimizers.Adam(1e-2), loss="mae")
    inputs, truth = batch()
    history = model.fit(inputs, truth, epochs=40, batch_size=4, verbose=0).history
    assert history["points"][-1] < 0.5 * history["points"][0]
    assert history["presence"][-1] < history["presence"][0]


def test_joints_that_do_not_count_change_nothing():
    model = JointTrainer(tiny())
    model.compile("sgd", loss="mae")
    inputs, truth = batch()
    truth["weights"][:, 5:] = 0
    terms = model.compute_terms((inputs, truth), training=False)
    truth["points"][:, 5:] = 9
    moved = model.compute_terms((inputs, truth), training=False)
    for name in ("heatmap", "points", "bones", "pose"):
        np.testing.assert_allclose(terms[name], moved[name], rtol=1e-5)


def test_bones_are_compared_as_vectors():
    model = JointTrainer(tiny())
    model.compile("sgd", loss="mae")
    inputs, truth = batch(2)
    truth["weights"][1, 6] = 0  # the bones to it and from it do not count
    codes = model(inputs, training=False)
    terms = model.compute_terms((inputs, truth), training=False)
    points = np.asarray(codes["latent_3d"])[:, :21]
    fingers = np.arange(1, 21).reshape(5, 4)
    expected = np.zeros(2)
    for finger in fingers:
        for parent, child in zip([0, *finger], finger):
            bones = [p[:, child] - p[:, parent] for p in (points, truth["points"])]
            counts = truth["weights"][:, parent] * truth["weights"][:, child]
            expected += counts * np.abs(bones[0] - bones[1]).sum(-1) / 20
    np.testing.assert_allclose(terms["bones"], expected, rtol=1e-4)


def test_side_counts_only_where_a_hand_is():
    model = JointTrainer(tiny())
    model.compile("sgd", loss="mae")
    inputs, truth = batch()
    truth["presence"][:] = 0
    terms = model.compute_terms((inputs, truth), training=False)["presence"]
    truth["right"][:] = 0
    other = model.compute_terms((inputs, truth), training=False)["presence"]
    np.testing.assert_allclose(terms, other)


def test_saves_and_loads(tmp_path):
    model = JointTrainer(tiny())
    inputs, _ = batch()
    model.save(tmp_path / "model.keras")
    copy = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(
        copy(inputs)["latent_3d"], model(inputs)["latent_3d"], atol=1e-6
    )
