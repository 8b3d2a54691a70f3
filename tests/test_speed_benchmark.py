"""Tests that the benchmark compares what it says it does, at tiny sizes."""

import sys
from pathlib import Path

import numpy as np
import pytest

from hand_geo_keras.layers import ViewExchange
from hand_geo_keras.models import PRESETS, build_view_synthesizer

FOLDER = Path(__file__).parents[1] / "examples" / "benchmarks"


@pytest.fixture(autouse=True)
def benchmark_modules(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    yield
    for path in FOLDER.glob("*.py"):
        sys.modules.pop(path.stem, None)


def test_functions_are_timed_in_turn_and_the_first_round_does_not_count():
    from timing import alternate

    calls = []
    functions = {name: lambda n=name: calls.append(n) for name in "ab"}
    times = alternate(functions, 3)
    assert calls == list("abababab")
    assert set(times) == {"a", "b"} and times["a"]["ms"] >= 0


def test_ratios_are_null_where_a_peer_is_absent():
    from timing import ratio

    times = {"slow": {"ms": 6.0}, "fast": {"ms": 2.0}, "absent": "null: no PyTorch"}
    assert ratio(times, "slow", "fast") == 3.0
    assert ratio(times, "absent", "fast") is ratio(times, "slow", "missing") is None


def test_a_power_law_is_found():
    from timing import exponent

    sizes = np.array([1, 2, 4, 8])
    assert exponent(sizes, 3.0 * sizes**1.5) == pytest.approx(1.5)


def test_pytorchs_network_is_the_reference():
    """As many parameters, the same features, and a step that learns."""
    torch = pytest.importorskip("torch")
    from torch_reference import TorchStep
    from training_steps import network_size

    ours = build_view_synthesizer("quarter_unet_64")
    torch.manual_seed(0)
    steps = {
        fold: TorchStep(*network_size("quarter_unet_64"), 1, folded=fold)
        for fold in (False, True)
    }
    count = sum(int(np.prod(w.shape)) for w in ours.trainable_weights)
    assert steps[False].num_parameters == count
    losses = [steps[False]() for _ in range(8)]
    assert losses[-1] < losses[0]
    # Views and instants are exchanged as our layers exchange them.
    views = np.arange(4, dtype=np.float32).reshape(1, 4, 1, 1) * np.ones((1, 4, 1, 3))
    rotation = np.broadcast_to(np.eye(3, dtype=np.float32), (1, 4, 3, 3))
    exchanged = ViewExchange()({"latent_3d": views, "rotation": rotation})
    partner = steps[False].order[:, [1, 0, 3, 2]].numpy()
    np.testing.assert_array_equal(
        np.asarray(exchanged["latent_3d"])[:, :, 0, 0], partner
    )


def test_folding_changes_no_feature():
    torch = pytest.importorskip("torch")
    from torch_reference import Features

    torch.manual_seed(0)
    plain = Features(fold=False)
    torch.manual_seed(0)
    folded = Features(fold=True)
    images = torch.randn(2, 3, 32, 32)
    for own, other in zip(folded(images), plain(images), strict=True):
        torch.testing.assert_close(own, other, rtol=1e-4, atol=1e-4)


def test_every_case_is_a_preset():
    from training_steps import CASES, TINY_CASES

    for preset, quads in (*CASES.values(), *TINY_CASES.values()):
        assert preset in PRESETS and quads > 0


@pytest.mark.parametrize("parts", [{}, {"inference": {"eager": {"ms": 3.0}}}])
def test_the_plot_leaves_out_what_was_not_measured(parts, tmp_path):
    from speed_plot import save_plot

    save_plot(parts, tmp_path / "plot.png")
    assert (tmp_path / "plot.png").stat().st_size > 1000
