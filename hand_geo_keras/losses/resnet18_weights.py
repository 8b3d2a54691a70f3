"""Finding, reading and assigning ResNet-18 weights of several origins."""

import os
import urllib.request

import keras
import numpy as np

from hand_geo_keras.errors import WeightsError

ENVIRONMENT_VARIABLE = "HAND_GEO_RESNET18"
IMAGENET_URL = (
    "https://huggingface.co/timm/resnet18.tv_in1k/resolve/main/model.safetensors"
)
_CACHE_NAME = "hand_geo_keras_resnet18_tv_in1k.safetensors"
_TIMEOUT_SECONDS = 5
# Mean and standard deviation of torchvision's IMAGENET1K_V1 tensors with the batch
# normalisation folded in; a download that does not show them is another network.
_IMAGENET_FINGERPRINT = {
    "conv1": (-6.4701e-05, 0.0336541),
    "layer2.1.conv2": (-0.00227147, 0.0520748),
}


def locate(weights):
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
        return _download(), "ImageNet ResNet-18 features (torchvision weights)"
    if weights == "auto":
        return _locate_automatically()
    path = os.fspath(weights)
    if not os.path.isfile(path):
        raise WeightsError(
            f"No ResNet-18 weight file at {path}; give the path of a .npz, "
            '.safetensors or .weights.h5 file, or "imagenet". '
            f"Received: weights={weights!r}"
        )
    return path, f"ResNet-18 features from {os.path.basename(path)}"


def read(path):
    """Reads tensors under torchvision's names.

    Args:
        path: `.npz` or `.safetensors` file.

    Returns:
        Dict of name, e.g. `"layer1.0.conv1.weight"`, to a float32 array in
        PyTorch's axis order (convolutions OIHW).

    Raises:
        WeightsError: unknown or unreadable file.
    """
    try:
        if path.endswith(".npz"):
            with np.load(path) as archive:
                return {name: archive[name] for name in archive.files}
        if path.endswith(".safetensors"):
            from safetensors.numpy import load_file

            return load_file(path)
    except Exception as error:
        raise WeightsError(f"Cannot read ResNet-18 weights {path}: {error}") from error
    raise WeightsError(
        "ResNet-18 weights must be a .npz, .safetensors or .weights.h5 file. "
        f"Received: weights={path!r}"
    )


def load_keras(network, path):
    """Loads a `.weights.h5` file that `network.save_weights` wrote."""
    try:
        network.load_weights(path)
    except Exception as error:
        raise WeightsError(f"Cannot load ResNet-18 weights {path}: {error}") from error


def assign(network, tensors, path, needs_batch_norm):
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
    return np.asarray(tensors[name], "float32")


def _set(layer, values, path):
    try:
        layer.set_weights(values)
    except ValueError as error:
        raise WeightsError(
            f"{path} does not fit ResNet-18 at layer {layer.name}: {error}"
        ) from error


def _locate_automatically():
    path = os.environ.get(ENVIRONMENT_VARIABLE)
    return locate(path or "imagenet")


def _cached_path():
    return os.path.join(os.path.expanduser("~/.keras"), "models", _CACHE_NAME)


def _download():
    """Path of the cached file, after downloading and checking it if need be."""
    path = _cached_path()
    if os.path.isfile(path):
        return path
    try:
        request = urllib.request.Request(IMAGENET_URL, method="HEAD")
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS):
            pass
        fresh = keras.utils.get_file(
            f"{_CACHE_NAME}.part.safetensors", IMAGENET_URL, cache_subdir="models"
        )
    except Exception as error:
        raise WeightsError(
            f"Cannot download ResNet-18 weights from {IMAGENET_URL} ({error}); give "
            "the path of a copy as `weights` or in the environment variable "
            f"{ENVIRONMENT_VARIABLE}."
        ) from error
    _check_fingerprint(read(fresh), fresh)
    os.replace(fresh, path)
    return path


def _check_fingerprint(tensors, path):
    for conv, expected in _IMAGENET_FINGERPRINT.items():
        norm = conv.replace("conv", "bn")
        std = np.sqrt(_get(tensors, f"{norm}.running_var", path) + 1e-5)
        scale = _get(tensors, f"{norm}.weight", path) / std
        kernel = _get(tensors, f"{conv}.weight", path) * scale[:, None, None, None]
        if not np.allclose((kernel.mean(), kernel.std()), expected, rtol=1e-3):
            os.remove(path)
            raise WeightsError(
                f"The ResNet-18 weights downloaded to {path} are not torchvision's; "
                "the file was removed, give the path of a copy as `weights`."
            )
