"""How many steps of pre-training different models take in the same time."""

import dataclasses
import time
from pathlib import Path

import keras
import numpy as np

from hand_geo_keras.datasets.instant_folder import read_json
from hand_geo_keras.datasets.prepare import write_json
from hand_geo_keras.pipelines import quad_dataset
from hand_geo_keras.scenarios.grid_dataset import load_dataset
from hand_geo_keras.scenarios.grid_jobs import fingerprint
from hand_geo_keras.scenarios.grid_networks import new_image_loss, new_view_synthesizer

_FILE = "steps.json"
_ROUNDS, _STEPS = 3, 8


def with_equal_time(grids, job, seconds):
    """Gives each grid as many steps of pre-training as fit into the same time.

    Models are timed in turns, so that whatever else the machine does slows them
    alike. The numbers of steps are kept in the grids' folders: a resumed run must
    not choose others.

    Args:
        grids: List of `Grid`.
        job: The `EncoderJob` that will be run.
        seconds: Seconds of each pre-training, building of its graph included.

    Returns:
        List of `Grid` that differ in `profile.pre_training.steps`.
    """
    marks = [
        {"seconds": seconds, "fingerprint": fingerprint(job, grid)} for grid in grids
    ]
    files = [Path(grid.out_dir) / _FILE for grid in grids]
    found = [read_json(file) for file in files]
    if any(mark.items() - kept.items() for mark, kept in zip(marks, found)):
        steps = steps_in(seconds, grids)
        found = [{**mark, "steps": number} for mark, number in zip(marks, steps)]
        for file, content in zip(files, found):
            file.parent.mkdir(parents=True, exist_ok=True)
            write_json(file, content)
    return [_with_steps(grid, kept["steps"]) for grid, kept in zip(grids, found)]


def steps_in(seconds, grids):
    """Steps of pre-training that fit into some seconds, one int for each `Grid`."""
    timers = [_StepTimer(grid) for grid in grids]
    for _ in range(_ROUNDS):
        for timer in timers:
            timer.run()
    keras.backend.clear_session()
    return [timer.steps_in(seconds) for timer in timers]


class _StepTimer:
    """Times steps of a pre-training whose result is thrown away."""

    def __init__(self, grid):
        profile = grid.profile
        self._model = new_view_synthesizer(profile, seed=0)
        self._model.compile("adam", loss=new_image_loss(profile, grid.features))
        self._quads = quad_dataset(
            load_dataset(grid.prepared).train,
            profile.pre_training.quads,
            augmentation=profile.augmentation,
            min_time_gap=profile.views.min_time_gap,
        )
        self._start_up = self._seconds(1)
        self._rounds = []

    def run(self):
        self._rounds.append(self._seconds(_STEPS) / _STEPS)

    def steps_in(self, seconds):
        left = seconds - self._start_up
        return max(1, round(left / float(np.median(self._rounds))))

    def _seconds(self, steps):
        start = time.perf_counter()
        self._model.fit(self._quads, steps_per_epoch=steps, shuffle=False, verbose=0)
        return time.perf_counter() - start


def _with_steps(grid, steps):
    profile = grid.profile
    training = dataclasses.replace(profile.pre_training, steps=steps)
    return dataclasses.replace(
        grid, profile=dataclasses.replace(profile, pre_training=training)
    )
