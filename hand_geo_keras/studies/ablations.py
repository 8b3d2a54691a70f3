"""Image losses, backgrounds and models of view synthesis, one change at a time.

    hand-geo scenarios --study=ablations --imagenet=resnet18-f37072fd.pth

Pre-trains without labels once per row, trains pose heads on 64 and 640 labels on each
frozen encoder, and writes ablations.md and ablations.csv. On `synthetic_full` (one
seed, validation subject, 64 labels): pixels only 49.2 mm, with ImageNet features 46.2,
random ones 57.9; concat instead of alpha 49.2; after 240 s compact_64 48.4 and
reference_unet 73.4.
"""

import dataclasses
from typing import Any

from hand_geo_keras.datasets.split import Split
from hand_geo_keras.evaluation import mean_pose_errors
from hand_geo_keras.io import write_csv, write_text
from hand_geo_keras.losses import resnet18_weights
from hand_geo_keras.scenarios.table import EMPTY, markdown_table
from hand_geo_keras.studies import encoders
from hand_geo_keras.studies.encoders import Variant
from hand_geo_keras.studies.options import DATA_FLAGS, Options
from hand_geo_keras.training.profiles import Network, Profile, ViewSynthesis

USES = (*DATA_FLAGS, "labels", "steps", "seconds", "imagenet")
FILES = ("ablations.md", "ablations.csv")
LOSS, BACKGROUND, MODEL = "image loss", "background", "model"
REFERENCE = "reference_unet"
COLUMNS = (
    *("table", "row", "split", "labels", "n_mpjpe_mm", "mean_pose_n_mpjpe_mm"),
    *("psnr_foreground_db", "image_loss", "preset", "background_mode", "image_size"),
    *("parameters", "steps", "seconds", "dataset", "seed", "commit", "command"),
)
_EQUAL = {
    LOSS: "Equal numbers of steps.",
    BACKGROUND: "Equal numbers of steps.",
    MODEL: "Equal seconds of pre-training: `steps` is what fitted into them.",
}


def run(options: Options) -> dict[Any, Any]:
    """Fills the three tables and writes them.

    Args:
        options: `Options`.

    Returns:
        dict from table to dict from row to a result of `measure_variants`.

    Raises:
        DatasetError: If the training subjects have too few labels.
        WeightsError: If there are no such ImageNet weights.
    """
    if options.imagenet is not None:
        resnet18_weights.locate(options.imagenet)  # now rather than after other rows
    profile = options.settings()
    if options.steps:
        profile = profile.replaced("pre_training", steps=options.steps)
    tables = ablation_tables(profile, options.imagenet, options.seconds)
    variants = {v.name: v for rows in tables.values() for v in rows.values()}
    data = options.prepared()
    results = encoders.measure_variants(list(variants.values()), data, options)
    filled = {
        table: {row: results[variant.name] for row, variant in rows.items()}
        for table, rows in tables.items()
    }
    _write(options, filled, data.load())
    return filled


def ablation_tables(
    profile: Profile, imagenet: Any = None, seconds: float = 240.0
) -> dict[Any, Any]:
    """The rows of the three tables; equal rows of two tables are one variant.

    Losses and backgrounds are compared after equal numbers of steps, models after
    equal times. Where it is not what is compared, the image loss has ImageNet
    features, or compares pixels only where there are no such weights.

    Args:
        profile: `Profile` that all variants share but for their one change.
        imagenet: Weights of an ImageNet ResNet-18, see `ResNet18Features`; its row
            is left out if None.
        seconds: Seconds of pre-training of each model in the table of models.

    Returns:
        dict from `LOSS`, `BACKGROUND` and `MODEL` to a dict from the row's text to
        its `Variant`.
    """
    losses = {
        "pixels only": Variant("pixels", _with_features(profile, "off", 0.0)),
        "pixels + random features": Variant("random", _with_features(profile, None)),
    }
    if imagenet is not None:
        losses["pixels + ImageNet features"] = Variant(
            "imagenet", _with_features(profile, str(imagenet))
        )
    base = list(losses.values())[-1] if imagenet else losses["pixels only"]
    return {
        LOSS: losses,
        BACKGROUND: {
            mode: _with_background(base, mode) for mode in ("alpha", "concat")
        },
        MODEL: _models(base, seconds),
    }


def _with_features(profile, features, weight=None):
    if weight is None:
        weight = profile.views.feature_weight or ViewSynthesis().feature_weight
    return profile.replaced("views", features=features, feature_weight=weight)


def _with_background(base, mode):
    """`base` itself where the change is none, so that it is trained only once."""
    if mode == base.profile.network.background_mode:
        return base
    profile = base.profile.replaced("network", background_mode=mode)
    return Variant(f"{base.name}_{mode}", profile)


def _models(base, seconds):
    own = base.profile.network
    # Its own widths, points and hidden layers, and all else as in the other rows.
    reference = Network(REFERENCE, own.image_size, background_mode=own.background_mode)
    timed = base.profile.replaced("pre_training", seconds=seconds)
    return {
        network.preset: Variant(
            f"{base.name}_{network.preset}_by_time",
            dataclasses.replace(timed, network=network),
        )
        for network in (own, reference)
    }


def _write(options, tables, split):
    baseline, origin = mean_pose_errors(split), encoders.origin_of(options, split)
    rows = csv_rows(tables, baseline, origin)
    write_csv(options.folder / "ablations.csv", rows, COLUMNS)
    text = markdown_text(tables, baseline, split, origin)
    write_text(options.folder / "ablations.md", text)


def csv_rows(
    tables: dict[Any, Any], baseline: dict[Any, Any], origin: dict[Any, Any]
) -> list[Any]:
    """One dict per table, row, part and number of labels.

    Args:
        tables: dict from table to dict from row to a result.
        baseline: dict from part to the N-MPJPE in mm of the mean pose.
        origin: dict of `origin_of`.

    Returns:
        List of dicts with all `COLUMNS`.
    """
    results = [(t, row, r) for t, rows in tables.items() for row, r in rows.items()]
    extras = [
        {
            **origin,
            **result["network"],
            "table": table,
            "row": row,
            "parameters": result["parameters"],
            "seconds": result["seconds"],
        }
        for table, row, result in results
    ]
    return encoders.measured_rows([result for *_, result in results], baseline, extras)


def markdown_text(tables: Any, baseline: Any, split: Split, origin: Any) -> str:
    """The three tables and what was measured where, as Markdown.

    Args:
        tables, baseline, origin: See `csv_rows`.
        split: `Split`.

    Returns:
        str.
    """
    parts = [
        *encoders.heading("Ablations", origin),
        _what_was_measured(split),
    ]
    for table, results in tables.items():
        parts += [
            f"## By {table}",
            _EQUAL[table] + _same_for_all(results),
            markdown_table(*table_cells(table, results, baseline)),
        ]
    return "\n\n".join(parts) + "\n"


def table_cells(table: Any, results: Any, baseline: Any) -> tuple[Any, ...]:
    """One table as text: `(header, rows)`, the mean pose last."""
    titles, columns, means = encoders.measured_columns(list(results.values()), baseline)
    header = [table, "parameters", "steps", "seconds", *titles]
    rows = []
    for (row, result), values in zip(results.items(), columns):
        sizes = (f"{result['parameters']:,}", str(result["steps"]))
        rows.append([row, *sizes, f"{result['seconds']:.0f}", *values])
    return header, [*rows, ["mean pose", EMPTY, EMPTY, EMPTY, *means]]


def _same_for_all(results):
    """What the rows share of image loss, model and background."""
    values = {
        LOSS: lambda result: result["image_loss"],
        MODEL: lambda result: result["network"]["preset"],
        BACKGROUND: lambda result: result["network"]["background_mode"],
    }
    found = {
        name: {value(r) for r in results.values()} for name, value in values.items()
    }
    shared = [f"{name} {min(seen)}" for name, seen in found.items() if len(seen) == 1]
    return f" In all rows: {'; '.join(shared)}."


def _what_was_measured(split):
    places = [
        f"{name}: {len(part.views)} labelled images of "
        f"{', '.join(split.subjects[name])}"
        for name, part in split.measured.items()
    ]
    chosen = (
        "Settings were chosen on the validation subjects only; the test subjects were "
        "measured and not chosen on."
        if "validation" in split.measured
        else "The dataset has no validation subject; no setting was chosen on the test "
        "subjects."
    )
    return (
        "N-MPJPE in mm of a pose head on the frozen encoder, trained on so many "
        "labels; PSNR of the other view of an instant, on 64 fixed quads, where it "
        f"differs from the background. Measured on {'; '.join(places)}. {chosen}"
    )
