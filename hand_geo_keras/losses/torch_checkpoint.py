"""Reads the tensors of a PyTorch checkpoint without PyTorch and without running it."""

import math
import pickle
import zipfile

import numpy as np

from hand_geo_keras.errors import WeightsError

_STORAGE_TYPES = {
    "HalfStorage": "f2",
    "FloatStorage": "f4",
    "DoubleStorage": "f8",
    "ByteStorage": "u1",
    "CharStorage": "i1",
    "ShortStorage": "i2",
    "IntStorage": "i4",
    "LongStorage": "i8",
    "BoolStorage": "?",
}


def read_torch_checkpoint(path):
    """Reads a state dict that `torch.save` wrote (zip format, PyTorch 1.6 or newer).

    A checkpoint is a pickle, which may ask for any code to be run. Here it can only
    build dicts and tensors; whatever else it asks for is refused.

    Args:
        path: `.pth` or `.pt` file.

    Returns:
        Dict of name to numpy array, in PyTorch's axis order. Entries that are no
        tensors are left out.

    Raises:
        WeightsError: The file is no such checkpoint, is damaged, or asks for more
            than tensors.

    Example:

    ```python
    tensors = read_torch_checkpoint("resnet18-f37072fd.pth")
    tensors["conv1.weight"].shape  # (64, 3, 7, 7)
    ```
    """
    try:
        with zipfile.ZipFile(path) as archive:
            content = _CheckpointUnpickler(archive).load()
    except Exception as reason:  # a damaged pickle fails in any way
        raise WeightsError(
            f"{path} is no state dict that torch.save wrote as a zip file: {reason}"
        ) from reason
    if not isinstance(content, dict):
        raise WeightsError(
            f"{path} holds no state dict but a {type(content).__name__}; save "
            "`model.state_dict()`."
        )
    return {
        name: value for name, value in content.items() if isinstance(value, np.ndarray)
    }


class _StateDict(dict):
    """Stands in for OrderedDict; a state dict's metadata is left out."""

    def __setstate__(self, state):
        del state


class _CheckpointUnpickler(pickle.Unpickler):
    """Builds dicts and tensors from an archive's `data.pkl`, and nothing else."""

    def __init__(self, archive):
        pickles = [n for n in archive.namelist() if n.endswith("/data.pkl")]
        if len(pickles) != 1:
            raise ValueError(f"it holds {len(pickles)} files data.pkl instead of one")
        (pickled,) = pickles
        self._archive = archive
        self._folder = pickled.removesuffix("data.pkl")
        self._order = self._byte_order()
        self._storages = {}
        super().__init__(archive.open(pickled))

    def find_class(self, module, name):
        if module == "torch" and name in _STORAGE_TYPES:
            return _STORAGE_TYPES[name]
        try:
            return _BUILDERS[f"{module}.{name}"]
        except KeyError:
            raise pickle.UnpicklingError(
                f"it asks for {module}.{name}, and only tensors are built here"
            ) from None

    def persistent_load(self, pid):
        """The numbers `[n]` of a storage, which is a file of the archive."""
        _, kind, key, *_ = pid
        if key not in self._storages:
            entry = self._archive.getinfo(f"{self._folder}data/{key}")
            if entry.compress_type != zipfile.ZIP_STORED:
                raise ValueError("its tensors are compressed, as torch.save never does")
            numbers = self._archive.read(entry)
            dtype = np.dtype(kind).newbyteorder(self._order)
            self._storages[key] = np.frombuffer(numbers, dtype)
        return self._storages[key]

    def _byte_order(self):
        """`"<"` or `">"`; archives of before PyTorch 2.1 do not say."""
        name = f"{self._folder}byteorder"
        is_big = name in self._archive.namelist() and self._archive.read(name) == b"big"
        return ">" if is_big else "<"


def _tensor(storage, offset, shape, stride, *_):
    """A view into a storage `[n]` as a contiguous array of its own."""
    numbers = (offset, *shape, *stride)
    if len(shape) != len(stride) or not all(
        type(number) is int and number >= 0 for number in numbers
    ):
        raise ValueError(f"a tensor has the shape {shape} and the strides {stride}")
    last = offset + sum((side - 1) * step for side, step in zip(shape, stride))
    size = math.prod(shape)
    if size > len(storage) or (size and last >= len(storage)):
        raise ValueError(f"a tensor of shape {shape} does not fit its numbers")
    steps = [step * storage.itemsize for step in stride]
    view = np.lib.stride_tricks.as_strided(storage[offset:], shape, steps)
    return view.astype(view.dtype.newbyteorder("="))


def _parameter(tensor, *_):
    return tensor


_BUILDERS = {
    "collections.OrderedDict": _StateDict,
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_parameter": _parameter,
}
