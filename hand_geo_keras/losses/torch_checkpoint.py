"""Reads the tensors of a PyTorch checkpoint without PyTorch and without running it."""

import io
import math
import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

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
# A ResNet-50's pickle takes a tenth of it.
_SMALL_BYTES = 2**20
_MOST_AXES = 16
# What torch.save writes for a state dict.
_OPCODES = (
    *(pickle.PROTO, pickle.FRAME, pickle.STOP, pickle.MARK, pickle.POP),
    *(pickle.NONE, pickle.NEWTRUE, pickle.NEWFALSE, pickle.BINFLOAT),
    *(pickle.BININT, pickle.BININT1, pickle.BININT2, pickle.LONG1),
    *(pickle.BINUNICODE, pickle.SHORT_BINUNICODE, pickle.GLOBAL),
    *(pickle.STACK_GLOBAL, pickle.EMPTY_DICT, pickle.EMPTY_LIST, pickle.EMPTY_TUPLE),
    *(pickle.TUPLE, pickle.TUPLE1, pickle.TUPLE2, pickle.TUPLE3, pickle.APPEND),
    *(pickle.APPENDS, pickle.BINPUT, pickle.LONG_BINPUT, pickle.BINGET),
    *(pickle.LONG_BINGET, pickle.MEMOIZE, pickle.REDUCE),
    *(pickle.BINPERSID, pickle.BINUNICODE8),
)


def read_torch_checkpoint(path: str | Path) -> dict[str, Any]:
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

    def __setstate__(self, state: object) -> None:
        del state


class _CheckpointUnpickler(pickle._Unpickler):
    """Builds dicts and tensors from an archive's `data.pkl`, and nothing else.

    Python's own unpickler, not the one in C: that one reserves memory for whatever
    sizes and memo numbers a pickle names, gigabytes for a file of 127 bytes.
    """

    def __init__(self, archive: Any) -> None:
        pickles = [n for n in archive.namelist() if n.endswith("/data.pkl")]
        if len(pickles) != 1:
            raise ValueError(f"it holds {len(pickles)} files data.pkl instead of one")
        (pickled,) = pickles
        self._archive = archive
        self._folder = pickled.removesuffix("data.pkl")
        # Every number of a checkpoint is stored once; what shares them is copied.
        self._bytes_left = 2 * os.path.getsize(archive.filename) + _SMALL_BYTES
        self._order = self._byte_order()
        self._storages = {}
        self._builders = {
            "collections.OrderedDict": _StateDict,
            "torch._utils._rebuild_tensor_v2": self._tensor,
            "torch._utils._rebuild_parameter": _parameter,
        }
        super().__init__(io.BytesIO(self._small_file(pickled)))

    def find_class(self, module, name):
        if module == "torch" and name in _STORAGE_TYPES:
            return _STORAGE_TYPES[name]
        try:
            return self._builders[f"{module}.{name}"]
        except KeyError:
            raise pickle.UnpicklingError(
                f"it asks for {module}.{name}, and only tensors are built here"
            ) from None

    def persistent_load(self, pid):
        """The numbers `[n]` of a storage, which is a file of the archive."""
        _, kind, key, *_ = pid
        if kind not in set(_STORAGE_TYPES.values()) or type(key) is not str:
            raise ValueError("it holds another kind of storage")
        if key not in self._storages:
            entry = self._archive.getinfo(f"{self._folder}data/{key}")
            if entry.compress_type != zipfile.ZIP_STORED:
                raise ValueError("its tensors are compressed, as torch.save never does")
            self._take(entry.file_size)
            numbers = self._archive.read(entry)
            dtype = np.dtype(kind).newbyteorder(self._order)
            self._storages[key] = np.frombuffer(numbers, dtype)
        return self._storages[key]

    def _tensor(self, storage, offset, shape, stride, *_):
        """A view into a storage `[n]` as a contiguous array of its own."""
        _check_view(storage, offset, shape, stride)
        self._take(math.prod(shape) * storage.itemsize)
        steps = [step * storage.itemsize for step in stride]
        view = np.lib.stride_tricks.as_strided(storage[offset:], shape, steps)
        return view.astype(view.dtype.newbyteorder("="))

    def _take(self, count):
        self._bytes_left -= count
        if self._bytes_left < 0:
            raise ValueError("its tensors are larger than the file")

    def _small_file(self, name):
        if self._archive.getinfo(name).file_size > _SMALL_BYTES:
            raise ValueError(f"{name} is larger than that of any state dict")
        return self._archive.read(name)

    def _byte_order(self):
        """`"<"` or `">"`; archives of before PyTorch 2.1 do not say."""
        name = f"{self._folder}byteorder"
        is_there = name in self._archive.namelist()
        return ">" if is_there and self._small_file(name) == b"big" else "<"


def _text_keys_only(load):
    """Keys may be text alone: the hash of nested tuples can take forever."""

    def checked(unpickler):
        keys = unpickler.stack[::2] if load is _SETITEMS else unpickler.stack[-2:-1]
        if not all(type(key) is str for key in keys):
            raise pickle.UnpicklingError("a key is no text")
        load(unpickler)

    return checked


def _of_state_dicts_only(unpickler):
    """A state is for state dicts; elsewhere it could change how things behave."""
    if type(unpickler.stack[-2]) is not _StateDict:
        raise pickle.UnpicklingError("it gives a state to something else than a dict")
    _BUILD(unpickler)


_BUILD = pickle._Unpickler.dispatch[pickle.BUILD[0]]
_SETITEM = pickle._Unpickler.dispatch[pickle.SETITEM[0]]
_SETITEMS = pickle._Unpickler.dispatch[pickle.SETITEMS[0]]
_CheckpointUnpickler.dispatch = {
    opcode[0]: pickle._Unpickler.dispatch[opcode[0]] for opcode in _OPCODES
} | {
    pickle.SETITEM[0]: _text_keys_only(_SETITEM),
    pickle.SETITEMS[0]: _text_keys_only(_SETITEMS),
    pickle.BUILD[0]: _of_state_dicts_only,
}


def _check_view(storage, offset, shape, stride):
    numbers = (offset, *shape, *stride)
    if (
        len(shape) != len(stride)
        or len(shape) > _MOST_AXES
        or not all(type(n) is int and 0 <= n < 2**48 for n in numbers)
    ):
        raise ValueError("a tensor's shape or strides are no small numbers")
    last = offset + sum((side - 1) * step for side, step in zip(shape, stride))
    size = math.prod(shape)
    if size > len(storage) or (size and last >= len(storage)):
        raise ValueError(f"a tensor of shape {shape} does not fit its numbers")


def _parameter(tensor, *_):
    return tensor
