"""What `--deterministic` costs: steps of view synthesis with and without it.

    python examples/benchmarks/determinism.py

Trains the network of the profile mini on random crops of 64 px, twice with one seed in
either way, each in a process of its own. Prints milliseconds per step (the fastest
block of ten steps) and by how much the sums of the weights of the two runs differ at
most. Takes two minutes.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np
from absl import app, flags

sys.path.insert(0, str(Path(__file__).parents[2]))

from hand_geo_keras.pipelines import quad_dataset
from hand_geo_keras.precision import use_deterministic_ops
from hand_geo_keras.training.networks import new_image_loss, new_view_synthesizer
from hand_geo_keras.training.profiles import PROFILES
from tests.pool import make_pool

_KIND = flags.DEFINE_enum("kind", None, ["free", "deterministic"], "For its own use.")
_BLOCKS, _BLOCK_STEPS = 6, 10


def main(argv):
    if len(argv) > 1:
        raise app.UsageError(f"Unknown arguments: {argv[1:]}")
    if _KIND.value:
        print(json.dumps(trained(_KIND.value)))
        return
    runs = {"free": [], "deterministic": []}
    for kind in [*runs, *runs]:  # in turns, for the machine may be shared
        command = [sys.executable, __file__, f"--kind={kind}"]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        runs[kind].append(json.loads(done.stdout.splitlines()[-1]))
    for kind, (one, other) in runs.items():
        apart = np.abs(np.subtract(one["weights"], other["weights"])).max()
        fastest = min(one["ms"], other["ms"])
        print(f"{kind}: {fastest:.0f} ms per step, two runs differ by {apart:.2g}")


def trained(kind):
    """`{"ms": per step, "weights": a sum per weight}` of a short training."""
    if kind == "deterministic":
        use_deterministic_ops()
    keras.utils.set_random_seed(0)
    profile = PROFILES["mini"].replaced("views", features="off")
    model = new_view_synthesizer(profile.network, profile.views, 0)
    model.compile("adam", loss=new_image_loss(profile.views))
    pool = make_pool(sequences=1, instants=40, crop_size=64, stored_size=80)
    batches = quad_dataset(pool, 4, 0, profile.augmentation)
    seconds = []
    for block in range(_BLOCKS):
        start = time.perf_counter()
        model.fit(
            batches.skip(block * _BLOCK_STEPS), steps_per_epoch=_BLOCK_STEPS, verbose=0
        )
        seconds.append(time.perf_counter() - start)
    sums = [float(np.sum(weight, dtype=np.float64)) for weight in model.get_weights()]
    return {"ms": 1000 * min(seconds[1:]) / _BLOCK_STEPS, "weights": sums}


if __name__ == "__main__":
    app.run(main)
