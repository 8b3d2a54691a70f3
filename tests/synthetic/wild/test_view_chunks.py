"""Rendering in background processes."""

import numpy as np
import pytest

from hand_geo_keras.datasets.preparation import Preparation
from hand_geo_keras.synthetic.wild import view_chunks
from hand_geo_keras.synthetic.wild.backdrops import Backdrops
from hand_geo_keras.synthetic.wild.view_chunks import ViewChunks, render_chunk

_PREPARATION = Preparation(crop_size=32, context=1.25)


@pytest.fixture(name="chunk", scope="module")
def fixture_chunk():
    return render_chunk(_PREPARATION, 3, Backdrops(), 0)


def test_holds_what_training_wants(chunk):
    count = view_chunks.VIEWS_PER_CHUNK
    assert chunk["image"].shape == chunk["background"].shape == (count, 40, 40, 3)
    assert chunk["mask"].shape == (count, 40, 40) and chunk["mask"].dtype == np.uint8
    assert chunk["joints"].shape == (count, 21, 3)
    assert chunk["scene"].shape[1:] == (40, 40, 3)
    # The hand is in the middle of its crop and in front of the camera.
    pixels = chunk["joints"][..., :2] / chunk["joints"][..., 2:]
    pixels = pixels * chunk["focal"][:, None, None]
    assert np.abs(pixels).max() < 16 + 4 and chunk["joints"][..., 2].min() > 0
    # Where the mask is empty the image is its background.
    free = chunk["mask"] == 0
    np.testing.assert_array_equal(chunk["image"][free], chunk["background"][free])


def test_processes_render_the_same_and_clean_up(chunk, tmp_path):
    with ViewChunks(tmp_path, _PREPARATION, workers=1, seed=3) as chunks:
        first = next(iter(chunks))
    for name, values in chunk.items():
        np.testing.assert_array_equal(first[name], values)
    assert not (tmp_path / "chunk-3-000000.npz").exists()  # read, and not kept


def test_finished_chunks_are_read_again(chunk, tmp_path):
    marked = {**chunk, "focal": chunk["focal"] + 1}
    np.savez(tmp_path / "chunk-3-000000.npz", **marked)
    with ViewChunks(tmp_path, _PREPARATION, workers=1, seed=3, keep=True) as chunks:
        first = next(iter(chunks))
    np.testing.assert_array_equal(first["focal"], marked["focal"])
    assert (tmp_path / "chunk-3-000000.npz").exists()
