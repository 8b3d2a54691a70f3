"""Tests that Keras loads trained models once `hand_geo_keras.models` is imported."""

import subprocess
import sys

import keras
import numpy as np

from hand_geo_keras.optimizers import ConvMuon, FusedAdam, FusedAdamW, TwoRateAdam

LOAD = """
import sys
import hand_geo_keras.models
import keras
for path in sys.argv[1:]:
    print(type(keras.saving.load_model(path).optimizer).__name__)
"""


def saved(path, make):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(make(model), loss="mse")
    model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0)
    model.save(path)
    return str(path)


def test_a_fresh_process_loads_what_was_trained(tmp_path):
    makers = {
        "FusedAdam": lambda model: FusedAdam(0.1),
        "FusedAdamW": lambda model: FusedAdamW(0.1),
        "ConvMuon": lambda model: ConvMuon(0.1),
        # Which variables had a rate of their own, a file does not tell.
        "TwoRateAdam": lambda model: TwoRateAdam(0.1, model.variables[:1], 0.5),
    }
    paths = [saved(tmp_path / f"{name}.keras", make) for name, make in makers.items()]
    run = subprocess.run(
        [sys.executable, "-c", LOAD, *paths], capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["FusedAdam", "FusedAdamW", "ConvMuon", "FusedAdam"]
