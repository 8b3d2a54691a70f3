"""Breaks one line at a time and asks whether a test notices.

    python examples/tools/mutants.py

Thirty mutants, each a plausible slip in geometry, sampling, losses, metrics or labels,
are applied one after the other to a copy of the checkout, and the tests named beside
each are run with -x. A mutant that fails them is killed. Ends with exit code 1 if fewer
than 28 are; takes 5 to 15 minutes on one processor. `tests/test_mutants.py` sees to it
that every snippet still stands in its file.
"""

import collections
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from absl import app, flags

_ONLY = flags.DEFINE_list(
    "only", [], "Numbers of mutants to try, from 0; all if empty."
)

ROOT = Path(__file__).parents[2]
LEAST_KILLED = 28
# A snippet that stands once in a file of the package, what it becomes, and the tests
# that should notice.
Mutant = collections.namedtuple("Mutant", "file snippet becomes tests")


def _of(file, tests, *changes):
    tests = [f"tests/{name}" for name in tests.split()]
    return [Mutant(f"hand_geo_keras/{file}", *change, tests) for change in changes]


MUTANTS = (
    # Geometry.
    *_of(
        "geometry/lenses.py",
        "geometry/test_cameras.py geometry/test_lenses.py",
        (
            "2 * p1 * x * y + p2 * (r2 + 2 * x * x)",
            "2 * p2 * x * y + p1 * (r2 + 2 * x * x)",
        ),
    ),
    *_of(
        "geometry/cameras.py",
        "geometry/test_cameras.py",
        ("(in_camera - self.t) @ self.R", "(in_camera + self.t) @ self.R"),
    ),
    *_of(
        "geometry/rotations.py",
        "geometry/test_rotations.py geometry/test_virtual_camera.py",
        (
            "[cosine, -sine, zero], [sine, cosine, zero]",
            "[cosine, sine, zero], [-sine, cosine, zero]",
        ),
        ("a = xp.sqrt(1 + x * x)", "a = xp.sqrt(1 + y * y)"),
        (
            "target @ np.swapaxes(source, -1, -2)",
            "np.swapaxes(source, -1, -2) @ target",
        ),
    ),
    *_of(
        "geometry/virtual_camera.py",
        "geometry/test_virtual_camera.py",
        ("focal *= np.linalg.norm(ray) * size / side", "focal *= size / side"),
        ("K[:2, 2] = (size - 1) / 2", "K[:2, 2] = size / 2"),
    ),
    *_of(
        "geometry/triangulation.py",
        "geometry/test_triangulation.py",
        ("np.where(seen, weights, 0.0)", "np.where(seen, 1.0, 0.0)"),
        ("(seen.sum(0) >= 2)", "(seen.sum(0) >= 1)"),
    ),
    *_of(
        "geometry/robust_triangulation.py",
        "geometry/test_robust_triangulation.py",
        ("better = cost < least", "better = cost > least"),
    ),
    *_of(
        "geometry/boxes.py",
        "geometry/test_boxes.py",
        ("(high - low).max() * (1 + margin)", "(high - low).min() * (1 + margin)"),
    ),
    # Sampling.
    *_of(
        "pipelines/quads.py",
        "pipelines/test_quads.py",
        ("second = (first + 1 + _below", "second = (first + _below"),
        (
            "step = self.gap + _below(seeds[1], choices)",
            "step = _below(seeds[1], choices)",
        ),
    ),
    *_of(
        "pipelines/labelled.py",
        "pipelines/test_labelled.py",
        (
            "tf.stack([np.int64(seed) + 2**33, epoch])",
            "tf.stack([np.int64(seed) + 2**33, epoch * 0])",
        ),
        (".flat_map(in_order_of).skip(skipped)", ".flat_map(in_order_of)"),
    ),
    *_of(
        "pipelines/augmentation.py",
        "pipelines/test_augmentation.py",
        (
            "backward = stored @ tf.linalg.matrix_transpose(rotations)",
            "backward = stored @ rotations",
        ),
    ),
    *_of(
        "pipelines/crop_geometry.py",
        "pipelines/test_crop_geometry.py",
        (
            "(joints[:, 2:] / joints[0, 2] - 1) * scale",
            "(joints[0, 2] / joints[:, 2:] - 1) * scale",
        ),
    ),
    *_of(
        "pipelines/background_exchange.py",
        "pipelines/test_background_exchange.py",
        (
            "tf.where(chosen, others, backgrounds)",
            "tf.where(chosen, backgrounds, backgrounds)",
        ),
    ),
    *_of(
        "pipelines/view_table.py",
        "pipelines/test_quads.py pipelines/test_labelled.py",
        (
            "tf.matmul(joints, rotation, transpose_b=True)",
            "tf.matmul(joints, rotation)",
        ),
    ),
    # Losses.
    *_of(
        "losses/foreground.py",
        "losses/test_foreground.py",
        (
            "weights / ops.mean(weights, axis=(1, 2, 3), keepdims=True)",
            "weights / ops.mean(weights)",
        ),
    ),
    *_of(
        "losses/latent_agreement.py",
        "losses/test_latent_agreement.py",
        (
            "ops.sum(one * other, axis=(-1, -2)) / 3",
            "ops.sum(one * other, axis=(-1, -2)) / 2",
        ),
    ),
    *_of(
        "losses/pixel_feature_loss.py",
        "losses/test_pixel_feature_loss.py",
        (
            "columns = ops.abs(error[:, :, 1:] - error[:, :, :-1])",
            "columns = ops.abs(error[:, 1:] - error[:, :-1])",
        ),
        ("mean = sum(distances) / len(distances)", "mean = sum(distances)"),
    ),
    # Metrics.
    *_of(
        "metrics/alignment.py",
        "metrics",
        (
            "ops.sign(_determinant(left) * _determinant(right))",
            "ops.ones_like(_determinant(left))",
        ),
        ("joint_weights * y_pred * y_pred", "joint_weights * y_true * y_true"),
    ),
    *_of(
        "metrics/pck_auc.py",
        "metrics/test_pck_auc.py",
        ("(curve[1:] + curve[:-1]) / 2.0", "curve[1:]"),
    ),
    *_of(
        "metrics/psnr.py",
        "metrics/test_psnr.py",
        ("mean = ops.sum(weights * error", "mean = ops.sum(error"),
    ),
    # Labels.
    *_of(
        "training/multi_view_labels.py",
        "training/test_multi_view_labels.py",
        (
            "wanted[:, joint], counts[:, joint], ridge",
            "wanted[:, joint], counts.any(1), ridge",
        ),
    ),
    *_of(
        "recordings/view_labels/triangulate_labels.py",
        "recordings/view_labels/test_triangulate_labels.py",
        ("valid = consistent & in_front", "valid = consistent | in_front"),
    ),
    *_of(
        "recordings/view_labels/keypoint_grid.py",
        "recordings/view_labels/test_keypoint_csv.py",
        ("if not confidence >= min_likelihood:", "if not confidence > 0:"),
    ),
)


def main(argv):
    if len(argv) > 1:
        raise app.UsageError(f"Unknown arguments: {argv[1:]}")
    numbers = [int(text) for text in _ONLY.value] or range(len(MUTANTS))
    with tempfile.TemporaryDirectory() as folder:
        copy = copied(Path(folder) / "checkout")
        tests = sorted({name for number in numbers for name in MUTANTS[number].tests})
        if failure := run(copy, tests):
            sys.exit(f"The tests fail without any mutant:\n{failure}")
        survived = [number for number in numbers if survives(copy, number)]
    killed = len(numbers) - len(survived)
    print(f"{killed} of {len(numbers)} killed; survived: {survived}")
    sys.exit(int(killed < len(numbers) - (len(MUTANTS) - LEAST_KILLED)))


def copied(folder):
    """A copy of the package and its tests."""
    for name in ("hand_geo_keras", "tests"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in ("setup.cfg", "setup.py", "README.md"):
        shutil.copy(ROOT / name, folder)
    return folder


def survives(copy, number):
    """Whether the tests pass with a mutant; prints a line."""
    mutant, start = MUTANTS[number], time.perf_counter()
    file = copy / mutant.file
    whole = file.read_text()
    if whole.count(mutant.snippet) != 1:
        sys.exit(f"{mutant.file}: must hold once: {mutant.snippet}")
    file.write_text(whole.replace(mutant.snippet, mutant.becomes))
    try:
        failure = run(copy, mutant.tests)
    finally:
        file.write_text(whole)
    seconds = time.perf_counter() - start
    outcome = "killed" if failure else "SURVIVED"
    print(f"{number:2} {outcome} ({seconds:.0f} s) {mutant.file}: {mutant.becomes}")
    sys.stdout.flush()
    return not failure


def run(copy, tests):
    """The end of what pytest says of failing tests, or None if they pass."""
    command = [sys.executable, "-B", "-m", "pytest", "-x", "-q", "-n0"]
    command += ["-p", "no:cacheprovider", *tests]
    done = subprocess.run(
        command,
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
    )
    if done.returncode not in (0, 1):  # no tests found, or they cannot be run
        sys.exit(done.stdout + done.stderr)
    return done.stdout[-2000:] if done.returncode else None


if __name__ == "__main__":
    app.run(main)
