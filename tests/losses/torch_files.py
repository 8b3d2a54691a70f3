"""Writes checkpoints laid out as `torch.save` does, opcode by opcode."""

import collections
import dataclasses
import pickle
import zipfile

import numpy as np

STORAGES = {"f2": "Half", "f4": "Float", "f8": "Double", "i8": "Long"}


@dataclasses.dataclass(frozen=True)
class Name:
    """A function or class that the reader is asked to import."""

    module: str
    name: str


@dataclasses.dataclass(frozen=True)
class Call:
    """A call that the reader is asked to make."""

    function: Name
    arguments: tuple


@dataclasses.dataclass(frozen=True)
class Storage:
    """Numbers in a file of the archive."""

    kind: str
    key: str
    count: int


class TorchFile:
    """Gathers tensors, then writes the archive.

    Args:
        order: `"little"` or `"big"`.
    """

    def __init__(self, order="little"):
        self.order = order
        self.storages = []

    def tensor(self, array, strides=None, offset=0, shape=None):
        """The call that makes a tensor; strides are counted in numbers."""
        array = np.asarray(array)
        storage = self.storage(array)
        shape = array.shape if shape is None else shape
        if strides is None:
            strides = tuple(step // array.itemsize for step in array.strides)
        hooks = Call(Name("collections", "OrderedDict"), ())
        arguments = (storage, offset, shape, strides, False, hooks)
        return Call(Name("torch._utils", "_rebuild_tensor_v2"), arguments)

    def storage(self, array):
        self.storages.append(array)
        kind = STORAGES[array.dtype.str[1:]] + "Storage"
        return Storage(kind, str(len(self.storages) - 1), array.size)

    def save(self, path, content, compression=zipfile.ZIP_STORED):
        with zipfile.ZipFile(path, "w", compression) as archive:
            archive.writestr("archive/data.pkl", b"\x80\x02" + opcodes(content) + b".")
            archive.writestr("archive/byteorder", self.order)
            for key, array in enumerate(self.storages):
                stored = array.astype(array.dtype.newbyteorder(self.order))
                archive.writestr(f"archive/data/{key}", stored.tobytes())
            archive.writestr("archive/version", "3\n")


def save_state_dict(path, tensors):
    """Writes arrays as the state dict of a module: ordered, with metadata."""
    file = TorchFile()
    content = {name: file.tensor(array) for name, array in tensors.items()}
    file.save(path, collections.OrderedDict(content))


def opcodes(value):
    """Pickle (protocol 2) of a value, without its frame."""
    if isinstance(value, Name):
        return f"c{value.module}\n{value.name}\n".encode()
    if isinstance(value, Call):
        return opcodes(value.function) + opcodes(value.arguments) + b"R"
    if isinstance(value, Storage):
        kind = Name("torch", value.kind)
        return opcodes(("storage", kind, value.key, "cpu", value.count)) + b"Q"
    if isinstance(value, tuple):
        return b"(" + b"".join(map(opcodes, value)) + b"t"
    if isinstance(value, collections.OrderedDict):
        empty = opcodes(Call(Name("collections", "OrderedDict"), ()))
        metadata = opcodes({"_metadata": {"": {"version": 1}}}) + b"b"
        return empty + b"(" + _items(value) + b"u" + metadata
    if isinstance(value, dict):
        return b"}(" + _items(value) + b"u"
    return pickle.dumps(value, 2)[2:-1]


def _items(value):
    return b"".join(opcodes(part) for item in value.items() for part in item)
