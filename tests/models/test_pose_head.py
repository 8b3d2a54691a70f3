import numpy as np

from hand_geo_keras.models import PoseHead, UNetEncoder, ViewDecoder
from tests.models import numpy_networks


def test_reference_has_its_parameters():
    norms = 2 * 4 * 2048
    expected = (600 + 1) * 2048 + (2048 + 1) * 2048 + norms + (2048 + 1) * 63
    assert PoseHead().count_params() == expected


def test_whole_reference_has_75_million_parameters():
    parts = {"encoder": UNetEncoder(), "decoder": ViewDecoder(), "head": PoseHead()}
    counts = {name: part.count_params() / 1e6 for name, part in parts.items()}
    print({name: f"{count:.1f} M" for name, count in counts.items()})
    assert {name: round(count, 1) for name, count in counts.items()} == {
        "encoder": 48.9,
        "decoder": 20.5,
        "head": 5.6,
    }
    assert round(sum(counts.values())) == 75


def test_starts_like_pytorch():
    numpy_networks.assert_pytorch_weights(PoseHead(20, hidden_units=(32, 32)))


def test_agrees_with_numpy():
    head = PoseHead(5, num_joints=4, hidden_units=(8, 7))
    numpy_networks.randomize(head)
    latent_3d = np.random.default_rng(1).normal(size=(3, 5, 3)).astype("float32")
    weights = numpy_networks.Weights(head)
    expected = numpy_networks.pose_head(latent_3d, weights, 2)
    weights.assert_all_used()
    np.testing.assert_allclose(
        head(latent_3d, training=False), expected, atol=1e-4, rtol=1e-3
    )
