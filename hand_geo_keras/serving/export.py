"""Exports models for TensorFlow Serving."""

import shutil
import uuid
from pathlib import Path
from typing import Any

import keras

from hand_geo_keras.io import make_folder, publish_folder
from hand_geo_keras.serving.server_files import write_server_files
from hand_geo_keras.serving.signatures import signatures_of
from hand_geo_keras.serving.warmup import write_warmup_requests


def export(
    model: Any,
    base_path: str | Path,
    view_synthesizer: Any = None,
    version: int | None = None,
    name: str = "hand_geo",
    **decoding: Any,
) -> Path:
    """Writes the next version of a model for TensorFlow Serving.

    `base_path/<version>/` gets a SavedModel with the signatures of `signatures_of`,
    which loads without this package, and `assets.extra/tf_serving_warmup_requests`,
    which a server replays before it lets the version answer. The version appears
    in one step when it is complete, so a server that watches `base_path` never loads
    half of it. Beside the versions go `models.config` and `batching_parameters.txt`
    as a start, unless they are there already.

    Rows are independent of each other, as the batching of a server demands. Yet a
    file that `predict_bytes` refuses fails the batch that a server has put it in;
    where clients share batches, let them send decoded crops.

    Args:
        model: trained `PoseEstimator`, `SemiSupervisedPoseEstimator` or
            `ViewSynthesizer`.
        base_path: folder of the model's versions, made if missing.
        view_synthesizer: `ViewSynthesizer` that answers `encode` and `synthesize`;
            not needed if `model` has one.
        version: positive int; the highest one there plus one if None.
        name: name of the model in requests, used in the files beside.
        **decoding: `max_bytes` and `max_side` of `predict_bytes`, see `decode_crops`.

    Returns:
        `pathlib.Path` of the version's folder.

    Raises:
        ValueError: `version` exists or is no positive int, or `model` cannot be
            exported.

    Example:

    ```python
    export(model, "served/hand_geo")  # served/hand_geo/1
    tf.saved_model.load("served/hand_geo/1").signatures["serving_default"](image=crops)
    ```
    """
    signatures = signatures_of(model, view_synthesizer, **decoding)
    base_path = make_folder(base_path)
    _check_version(base_path, version)
    # Servers look at folders named by an integer only.
    unfinished = base_path / f".unfinished-{uuid.uuid4().hex}"
    try:
        write_saved_model(unfinished, signatures)
        write_warmup_requests(unfinished, signatures, name)
        target = _publish(unfinished, base_path, version)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    write_server_files(base_path, name)
    return target


def write_saved_model(path: str | Path, signatures: dict[Any, Any]) -> None:
    """Writes a SavedModel with named signatures.

    Args:
        path: folder to write to.
        signatures: dict of name to `Signature`.
    """
    # The archive finds the variables that the signatures use by itself. Asked to
    # `track` the models, it would write every weight a second time.
    archive = keras.export.ExportArchive()
    for name, signature in signatures.items():
        archive.add_endpoint(
            name, signature.function, input_signature=list(signature.inputs)
        )
    archive.write_out(str(path), verbose=False)


def _check_version(base_path, version):
    if version is None:
        return
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise ValueError(
            f"`version` must be a positive int. Received: version={version!r}"
        )
    if (base_path / str(version)).exists():
        raise ValueError(
            f"{base_path / str(version)} exists; choose another version, or None for "
            f"the next free one. Received: version={version}"
        )


def _publish(unfinished, base_path, version):
    """Renames the finished folder; tries again if another export was faster."""
    while True:
        target = base_path / str(version or _next_version(base_path))
        try:
            publish_folder(unfinished, target)
        except OSError:
            if version is not None or not target.exists():
                raise
        else:
            return target


def _next_version(base_path):
    versions = [int(path.name) for path in base_path.iterdir() if path.name.isdecimal()]
    return max(versions, default=0) + 1
