"""The real rig table: few labels of a recording, with and without the dome's help."""

from pathlib import Path

from tqdm import tqdm

from hand_geo_keras.datasets import Preparation, prepare_recording
from hand_geo_keras.datasets.instant_folder import INFO_FILE, read_json
from hand_geo_keras.models import PoseEstimator
from hand_geo_keras.models.preset_files import preset_fingerprint
from hand_geo_keras.recordings import open_recording
from hand_geo_keras.scenarios.grid_dataset import dataset_fingerprint
from hand_geo_keras.scenarios.grid_jobs import result_of
from hand_geo_keras.scenarios.real_rig_cell import run_job
from hand_geo_keras.scenarios.real_rig_data import load_rig_data
from hand_geo_keras.scenarios.real_rig_jobs import RealRig, RigCell, cells_of
from hand_geo_keras.scenarios.real_rig_outputs import write_outputs


def run_real_rig(
    recording_dir,
    preset,
    out_dir,
    profile,
    dome=None,
    stretch="test",
    seeds=None,
    labels=None,
    methods=None,
    features="auto",
):
    """Fills the cells that are asked for, then writes table, curves and panel.

    Cells that are finished are not trained again unless their settings, the
    recording, the preset or the adaptation they start from changed; a stopped one
    goes on from its last backup.

    Args:
        recording_dir: Folder of the recording, see `open_recording`.
        preset: Folder or name of the dome's model; it needs encoder, decoder and head.
        out_dir: Folder of crops, cells and outputs.
        profile: `RealRigProfile`.
        dome: Folder of the prepared dome to rehearse on in the adaptation, or None.
        stretch: `"test"`; or `"validation"` to choose settings without looking at
            the test stretch.
        seeds: Seeds; the profile's if None.
        labels: Rows; the profile's if None.
        methods: Columns; all of `METHODS` if None.
        features: Weights of the image loss, see `ResNet18Features`.

    Returns:
        `(results, text)`: list of the results of the cells asked for, and the table
        as Markdown.

    Raises:
        HandGeoError: If recording, preset or dome cannot be used.

    Example:
        ```python
        profile = REAL_RIG_PROFILES["standard"]
        run_real_rig("my_rig", "my_hands", "runs/my_rig", profile)
        ```
    """
    out_dir = Path(out_dir).absolute()
    rig = _rig(recording_dir, preset, out_dir, profile, dome, stretch, features)
    cells = cells_of(profile, seeds or profile.seeds, labels, methods)
    _run(cells, rig)
    results = [result_of(cell, rig) for cell in cells]
    name = Path(recording_dir).absolute().name
    text = write_outputs(out_dir, name, rig)
    return results, text


def _rig(recording_dir, preset, out_dir, profile, dome, stretch, features):
    """Prepares the recording in the size of the preset's crops."""
    model = PoseEstimator.from_preset(preset)
    prepared = out_dir / "prepared"
    preparation = Preparation(crop_size=model.encoder.image_size)
    prepare_recording(open_recording(recording_dir), prepared, preparation)
    return RealRig(
        profile=profile,
        prepared=str(prepared),
        data_fingerprint=read_json(prepared / INFO_FILE)["fingerprint"],
        preset=str(preset),
        preset_fingerprint=preset_fingerprint(preset),
        dome=dome and str(dome),
        dome_fingerprint=dome and dataset_fingerprint(dome),
        stretch=stretch,
        out_dir=str(out_dir / stretch),
        features=features,
    )


def _run(cells, rig):
    """Runs what is not finished, adaptations before the cells that start from them."""
    adaptations = dict.fromkeys(cell.adaptation for cell in cells if cell.adaptation)
    todo = [job for job in (*adaptations, *cells) if result_of(job, rig) is None]
    _announce(cells, todo, rig)
    costs = [_cost(job, rig.profile) for job in todo]
    with tqdm(
        total=sum(costs),
        bar_format="{desc} {percentage:3.0f}%|{bar}| {elapsed}<{remaining}",
    ) as bar:
        for number, (job, cost) in enumerate(zip(todo, costs), 1):
            bar.set_description(f"job {number}/{len(todo)}: {job.name}")
            result = run_job(job, rig)
            bar.write(_line(job, result))
            bar.update(cost)


def _announce(cells, todo, rig):
    data = load_rig_data(rig.prepared, rig.stretch)
    for count in sorted({cell.labels for cell in cells}):
        data.labels(count, seed=0)  # complains at once where there are too few
    tqdm.write(
        f"{len(data.train)} training instants to label, {len(data.footage)} to look at "
        f"without labels; measuring on {len(data.views)} views of the {rig.stretch} "
        f"stretch. {len(todo)} jobs to run."
    )


def _line(job, result):
    figures = f"{result['train_seconds']:.0f} s"
    if "n_mpjpe_mm" in result:
        figures = (
            f"N-MPJPE {result['n_mpjpe_mm']:.1f} mm, "
            f"PA-MPJPE {result['pa_mpjpe_mm']:.1f} mm, {figures}"
        )
    return f"{job.name}: {figures}"


def _cost(job, profile):
    """Roughly proportional to the seconds that a job takes, for the bar's estimate."""
    if not isinstance(job, RigCell):
        settings, rehearsal = profile.adaptation, profile.rehearsal
        labelled = rehearsal.dome_batch + rehearsal.self_batch
        return settings.steps * (4 * settings.quads + labelled // 2)
    trained = job.labels and job.method != "dome"
    settings = getattr(
        profile, "supervised" if job.method == "supervised" else "fine_tuning"
    )
    return settings.steps(job.labels) * settings.batch // 2 if trained else 1
