"""Every way to train, as the scenarios run it: a job with all that it comes after."""

import keras
import numpy as np

from hand_geo_keras.datasets.split import split_in_time
from hand_geo_keras.io import read_json
from hand_geo_keras.models import LiftHead, PoseEstimator, save_to_preset
from hand_geo_keras.models.model_files import load_model_file
from hand_geo_keras.scenarios.job import Labels, job_of
from hand_geo_keras.scenarios.run_jobs import run_jobs
from hand_geo_keras.training.networks import new_pose_head, new_view_synthesizer
from hand_geo_keras.training.profiles import PROFILES
from hand_geo_keras.training.registry import ENTRIES
from hand_geo_keras.training.trained import Preset
from tests import zoo
from tests.entry_points.entry_point import EntryPoint
from tests.models.test_joint_encoder import tiny
from tests.pool import make_pool

_PROFILE = PROFILES["smoke"]


class PoolData:
    """Stands for prepared data; a pool in memory, always the same."""

    fingerprint = "a pool in memory"

    def load(self):
        """`Split` in time."""
        pool = make_pool(sequences=1, instants=48, crop_size=32, stored_size=40)
        return split_in_time(pool, ("test",))


def _write_presets(folder):
    keras.utils.set_random_seed(0)
    views = new_view_synthesizer(_PROFILE.network, _PROFILE.views, 0)
    model = PoseEstimator(views.encoder, new_pose_head(_PROFILE.network))
    model.adapt(zoo.joints(12))
    save_to_preset(folder / "views", views, model)
    save_to_preset(folder / "tuned_joints", PoseEstimator(tiny(), LiftHead(25)))


def _run(configuration):
    def run(source, folder):
        entry, preset = ENTRIES[configuration], None
        if entry.needs_preset:
            own = source / configuration
            preset = Preset.find(own if own.is_dir() else source / "views")
        labels = Labels(6) if entry.needs_labels else None
        job = job_of(configuration, _PROFILE, PoolData(), 0, labels, "6", preset)
        run_jobs([job], folder)

    return run


def _outcome(folder):
    """Results, weights and logs of all jobs; how long they took may differ."""
    outcome = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.name == "result.json":
            result = read_json(path)
            outcome[name] = {k: v for k, v in result.items() if "seconds" not in k}
        elif path.suffix == ".keras":
            weights = load_model_file(path).get_weights()
            outcome[name] = [np.round(array, 5).tobytes() for array in weights]
        elif path.name == "log.csv":
            outcome[name] = path.read_text().count("\n")
    return outcome


TRAINING_POINTS = {
    f"train {name}": EntryPoint(_write_presets, _run(name), _outcome, is_slow=True)
    for name, entry in ENTRIES.items()
    if entry.color  # a column; encoders come before it
}
