"""Finding, reading and assigning ResNet-18 weights of several origins."""

import os
from pathlib import Path
from typing import Any

import keras
import numpy as np

from hand_geo_keras.errors import WeightsError
from hand_geo_keras.io import check_hdf5, read_arrays
from hand_geo_keras.losses import resnet18_download
from hand_geo_keras.losses.torch_checkpoint import read_torch_checkpoint


def locate(weights: Any) -> tuple[Any, ...]:
    """Resolves the `weights` argument of `ResNet18Features`.

    Args:
        weights: path, `"imagenet"`, `"auto"` or `None`.

    Returns:
        `(path, description)`; the path is None for random weights.

    Raises:
        WeightsError: there is no such file, or it cannot be downloaded.
    """
    if weights is None:
        return None, "random ResNet-18 features (fixed seed)"
    if weights == "imagenet":
        return (
            resnet18_download.fetch(),
            "ImageNet ResNet-18 features (torchvision weights)",
        )
    if weights == "auto":
        return _locate_automatically()
    path = os.fspath(weights)
    if not os.path.isfile(path):
        raise WeightsError(
            f"No ResNet-18 weight file at {path}; give the path of a .pth, "
            '.safetensors, .npz or .weights.h5 file, or "imagenet". '
            f"Received: weights={weights!r}"
        )
    return path, f"ResNet-18 features from {os.path.basename(path)}"


def read(path: str) -> dict[str, Any]:
    """Reads tensors under torchvision's names.

    Args:
        path: `.pth`, `.pt`, `.safetensors` or `.npz` file.

    Returns:
        Dict of name, e.g. `"layer1.0.conv1.weight"`, to a float32 array in
        PyTorch's axis order (convolutions OIHW).

    Raises:
        WeightsError: unknown or unreadable file.
    """
    if path.endswith((".pth", ".pt")):
        return read_torch_checkpoint(path)
    if path.endswith(".npz"):
        return read_arrays(path)
    try:
        if path.endswith(".safetensors"):
            from safetensors.numpy import load_file

            return load_file(path)
    except Exception as error:
        raise WeightsError(f"Cannot read ResNet-18 weights {path}: {error}") from error
    raise WeightsError(
        "ResNet-18 weights must be a .pth, .safetensors, .npz or .weights.h5 file. "
        f"Received: weights={path!r}"
    )


def load_keras(network: Any, path: str) -> None:
    """Loads a `.weights.h5` file that `network.save_weights` wrote."""
    check_hdf5(path, path)
    try:
        network.load_weights(path)
    except Exception as error:
        raise WeightsError(f"Cannot load ResNet-18 weights {path}: {error}") from error


def assign(
    network: Any, tensors: dict[Any, Any], path: str | Path, needs_batch_norm: Any
) -> None:
    """Copies torchvision-named tensors into the network, by name.

    Folded files hold a bias for each convolution and no batch normalisation; the
    bias then becomes the shift of a batch normalisation that does nothing else.

    Args:
        network: the Keras network of `ResNet18Features`.
        tensors: dict as from `read`.
        path: where they came from, for messages.
        needs_batch_norm: whether folded weights are refused.

    Raises:
        WeightsError: a tensor is missing or has another shape.
    """
    is_folded = "conv1.bias" in tensors
    if is_folded and needs_batch_norm:
        raise WeightsError(
            f"The batch normalisation in {path} is folded into the convolutions, so "
            "batch_statistics=True cannot be used with it; give plain weights."
        )
    for layer in network.layers:
        if isinstance(layer, keras.layers.Conv2D):
            kernel = _get(tensors, f"{_torch_name(layer.name)}.weight", path)
            _set(layer, [kernel.transpose(2, 3, 1, 0)], path)
        elif isinstance(layer, keras.layers.BatchNormalization):
            _set(layer, _batch_norm(layer, tensors, is_folded, path), path)


def _batch_norm(layer, tensors, is_folded, path):
    """[gamma, beta, moving mean, moving variance] of one layer."""
    if is_folded:
        conv_name = _torch_name(layer.name.removesuffix("_bn") + "_conv")
        shift = _get(tensors, f"{conv_name}.bias", path)
        gamma = np.full_like(shift, np.sqrt(1.0 + layer.epsilon))
        return [gamma, shift, np.zeros_like(shift), np.ones_like(shift)]
    name = _torch_name(layer.name)
    fields = ("weight", "bias", "running_mean", "running_var")
    return [_get(tensors, f"{name}.{field}", path) for field in fields]


def _torch_name(name):
    """`v2_stack_0_block1_2_conv` -> `layer1.0.conv2`, `conv1_bn` -> `bn1`."""
    kind = name.rsplit("_", 1)[1]  # conv or bn
    if name.startswith("conv1_"):
        return f"{kind}1"
    _, _, stack, block, index, _ = name.split("_")
    prefix = f"layer{int(stack) + 1}.{int(block.removeprefix('block')) - 1}"
    if index == "0":
        return f"{prefix}.downsample.{0 if kind == 'conv' else 1}"
    return f"{prefix}.{kind}{index}"


def _get(tensors, name, path):
    if name not in tensors:
        raise WeightsError(
            f"{path} holds no tensor {name!r}; ResNet-18 weights need torchvision's "
            f"names. Received: {sorted(tensors)[:4]}..."
        )
    tensor = np.asarray(tensors[name], "float32")
    if not np.isfinite(tensor).all():
        raise WeightsError(f"{path}: the tensor {name!r} is not finite.")
    return tensor


def _set(layer, values, path):
    try:
        layer.set_weights(values)
    except ValueError as error:
        raise WeightsError(
            f"{path} does not fit ResNet-18 at layer {layer.name}: {error}"
        ) from error


def _locate_automatically():
    path = os.environ.get(resnet18_download.ENVIRONMENT_VARIABLE)
    return locate(path or "imagenet")
