import numpy as np
import pytest

from hand_geo_keras.models import CompactDecoder
from hand_geo_keras.models.compact_decoder import _unfold
from tests import zoo


def test_small_and_correctly_shaped():
    decoder = CompactDecoder(64)
    assert decoder.count_params() < 1e6
    assert decoder.output["image"].shape == (None, 64, 64, 3)
    assert decoder.output["mask"].shape == (None, 64, 64, 1)


def test_unfolding_keeps_neighbours_together():
    import keras

    symbol = keras.Input((3, 5, 4))
    network = keras.Model(symbol, _unfold(symbol, 1, None))
    conv = network.get_layer("unfold")
    kernel = np.zeros(conv.kernel.shape, "float32")
    kernel[1, 1] = np.eye(4)  # channel c of a cell becomes its c-th pixel
    conv.set_weights([kernel, np.zeros(4, "float32")])
    cells = np.arange(60, dtype="float32").reshape(1, 3, 5, 4)
    pixels = np.asarray(network(cells))[0, :, :, 0]
    np.testing.assert_array_equal(pixels[2:4, 6:8].ravel(), cells[0, 1, 3])


def test_two_widths_at_least():
    with pytest.raises(ValueError, match=r"widths=\(4,\)"):
        zoo.compact_decoder(widths=(4,))


def test_spots_begin_as_wide_as_asked():
    decoder = zoo.compact_decoder(spot_width=0.05)
    widths = np.exp(decoder.get_layer("splatting").log_width)
    np.testing.assert_allclose(widths, 0.05, rtol=1e-5)
    assert type(decoder).from_config(decoder.get_config()).spot_width == 0.05
