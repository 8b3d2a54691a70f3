r"""Few labels of a real recording, with and without a synthetic-pretrained model.

    hand-geo scenarios --study=real_rig --profile=standard \\
        --recording=my_rig --preset=hand_128 --out_dir=runs/my_rig_table

For 0, 16, 64 and 200 labelled images of the recording's training part: from scratch;
the preset zero-shot; fine-tuned; and adapted without labels before that. A preset with
named latent points, such as `hand_128`, is fine-tuned as `hand-geo train` does
(`tuned_joints`), without labels on what it sees itself in all views. Settings are
chosen with --split=validation, which never looks at the test part. On a recording of
two webcams, one seed, `compact_128` trained on a dome (with `--dome`, which is
rehearsed) had 41.2 mm zero-shot, 31.5 adapted; with 64 labels 36.7 from scratch, 51.5
fine-tuned and 34.0 adapted first.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from tqdm import tqdm

from hand_geo_keras.datasets import open_prepared, prepare_one
from hand_geo_keras.models.read_joints import reads_joints
from hand_geo_keras.scenarios.job import Labels, job_of
from hand_geo_keras.scenarios.run_data import of_crop_size
from hand_geo_keras.scenarios.run_jobs import run_jobs
from hand_geo_keras.scenarios.table import finished_cells
from hand_geo_keras.studies.options import Options
from hand_geo_keras.studies.real_rig_outputs import write_outputs
from hand_geo_keras.training.registry import ENTRIES
from hand_geo_keras.training.trained import Preset

USES = (
    *("profile", "out_dir", "seeds", "labels", "configurations", "executor"),
    *("features", "recording", "preset", "dome", "split"),
    *("clip_norm", "deterministic", "precision"),
)
FILES = ("real_rig.csv", "real_rig.md", "real_rig_curves.png", "real_rig_panel.png")
CONFIGURATIONS = ("supervised", "zero_shot", "transferred", "adapted")
# Of a preset with named latent points.
JOINT_CONFIGURATIONS = ("supervised", "zero_shot", "tuned_joints")
LABELS = (0, 16, 64, 200)
SEEDS = (0, 1, 2)


def run(options: Options) -> tuple[Any, ...]:
    """Fills the cells that are asked for, then writes table, curves and panel.

    Cells that are finished are not trained again unless their settings, the
    recording, the preset or the adaptation they start from changed; a stopped one
    resumes from its last backup.

    Args:
        options: `Options`.

    Returns:
        `(results, text)`: list of the results of the cells asked for, and the table
        as Markdown.

    Raises:
        HandGeoError: If recording, preset or dome cannot be used.
        ValueError: See `cells_of`.
    """
    preset = Preset.find(options.preset)  # type: ignore[arg-type]
    model = preset.pose_estimator()
    size, is_named = model.encoder.image_size, reads_joints(model)
    if not is_named:
        preset.view_synthesizer()  # complains without a decoder
    keys = cells_of(options, JOINT_CONFIGURATIONS if is_named else CONFIGURATIONS)
    prepared, measured = options.folder / "prepared", (options.split,)
    profile = options.settings()
    if is_named:
        profile = of_crop_size(profile, size)
    if options.dome:
        profile = profile.replaced("rehearsal", dome=open_prepared(options.dome))
    data, _ = prepare_one(options.recording, prepared, size, measured)  # type: ignore[arg-type]
    split = data.load()

    def cell(configuration, count, seed):
        labels, budget = Labels(count) if count else None, str(count)
        # From scratch, named points would have to be learned from labels alone.
        start = None if is_named and configuration == "supervised" else preset
        return job_of(
            configuration, profile, data, seed, labels, budget, start, options.split
        )

    jobs = [cell(*key) for key in keys]
    _announce(jobs, split)
    results = run_jobs(jobs, options.folder, options.executor)
    asked_for = {job: results[job] for job in jobs}
    others = finished_cells(options.folder, profile, data, preset, options.split)
    if is_named:
        others |= finished_cells(options.folder, profile, data, None, options.split)
    text = write_outputs(options, preset, split, others | asked_for)
    return list(asked_for.values()), text


def cells_of(options: Options, columns: Sequence[str] = CONFIGURATIONS) -> list[Any]:
    """The cells that are asked for, row by row.

    Only trained models can do without labels; zero-shot has that one cell.

    Args:
        options: `Options`.
        columns: Configurations where none are asked for.

    Returns:
        List of `(configuration, number of labels, seed)`.

    Raises:
        ValueError: If a configuration is unknown, or none has such a cell.
    """
    names = options.configurations or columns
    known = {*CONFIGURATIONS, *JOINT_CONFIGURATIONS}
    if not {*names} <= known:
        raise ValueError(
            f"--configurations must be among {sorted(known)}. Received: {names}"
        )
    seeds, cells = options.seeds or SEEDS, []
    for count in sorted(LABELS if options.labels is None else options.labels):
        for name in names:
            if ENTRIES[name].needs_labels if count == 0 else name == "zero_shot":
                continue
            chosen = seeds[:1] if name == "zero_shot" else seeds
            cells += [(name, count, seed) for seed in chosen]
    if not cells:
        raise ValueError(
            f"There is no cell of {names} with so many labels: zero_shot has 0, "
            f"supervised and transferred 1 or more. Received: --labels={options.labels}"
        )
    return cells


def _announce(jobs, split):
    for count in sorted({job.annotations for job in jobs}):
        split.choose_labels(count)  # complains at once where there are too few
    (part,) = split.measured.values()
    views = len(np.unique(part.views))
    tqdm.write(
        f"{len(split.train.pool)} training instants to label, {len(split.unlabelled)} "
        f"to look at without labels; measuring on {views} views."
    )
