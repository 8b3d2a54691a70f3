"""How the pose error falls with the minutes of pre-training."""

from pathlib import Path

from tqdm import tqdm

from hand_geo_keras.scenarios.ablations import Variant
from hand_geo_keras.scenarios.ablations_run import (
    cell_of_labels,
    grid_of,
    mean_pose_errors,
    measured,
)
from hand_geo_keras.scenarios.ablations_time import with_time_budget
from hand_geo_keras.scenarios.grid_dataset import dataset_of_profile
from hand_geo_keras.scenarios.pre_training_minutes_outputs import write_minutes


def measure_pre_training_minutes(
    profile,
    minutes,
    out_dir,
    dataset=None,
    data_dir=None,
    labels=(64, 640),
    features="auto",
    seed=0,
    command="",
):
    """Pre-trains once per number of minutes and measures heads on few labels.

    Every encoder is trained from nothing and to the end of its learning rate's
    decay, since the points of one long training would all be measured too early. The
    encoders are those of `pre_trained`. A stopped call goes on where it was.

    Args:
        profile: `GridProfile`, of which pre-training and head are used.
        minutes: Numbers of minutes of pre-training.
        out_dir: Folder of encoders and outputs.
        dataset: See `prepare_dataset`; the profile's if None.
        data_dir: Folder of rendered and prepared data; `out_dir/data` if None.
        labels: Numbers of annotated images that pose heads are trained on.
        features: Weights of the feature loss, see `ResNet18Features`.
        seed: Seed of everything that is random.
        command: Command line, to be written beside the results.

    Returns:
        The table as Markdown text.

    Raises:
        DatasetError: If the training subjects have too few labels.

    Example:
        ```python
        measure_pre_training_minutes(GRID_PROFILES["mini"], [1, 2, 4], "runs/minutes")
        ```
    """
    out_dir = Path(out_dir).absolute()
    prepared, data = dataset_of_profile(profile, out_dir, dataset, data_dir)
    cells = [cell_of_labels(data, count, seed) for count in labels]
    results = {}
    for count in tqdm(sorted(minutes), "Pre-trainings", unit="encoder"):
        seconds = 60 * count
        timed = with_time_budget(profile, seconds)
        variant = Variant(f"minutes_{count:g}", timed, features, seconds)
        grid = grid_of(variant, data, prepared, out_dir)
        results[count] = measured(grid, cells, data, seconds)
    return write_minutes(out_dir, results, data, mean_pose_errors(data), seed, command)
