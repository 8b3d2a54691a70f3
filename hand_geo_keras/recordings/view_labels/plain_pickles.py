"""HDF5 of PyTables without running what strangers have pickled into it.

PyTables keeps Python objects as pickles, and a pickle may ask for any code to be run.
The label files of DeepLabCut hold lists, strings and arrays only.
"""

import contextlib
import io
import pickle
from collections.abc import Iterator
from typing import Any

_MULTIARRAY = ("numpy.core.multiarray", "numpy._core.multiarray")
# What arrays are made of; it makes nothing else.
_ALLOWED = {
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("_codecs", "encode"),
    *((module, name) for module in _MULTIARRAY for name in ("_reconstruct", "scalar")),
}


class _PlainUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise PermissionError(f"its pickle asks for {module}.{name}")
        return super().find_class(module, name)


class _PlainPickle:
    """Stands in for the module `pickle`."""

    def __getattr__(self, name: str) -> Any:
        return getattr(pickle, name)

    @staticmethod
    def loads(data: bytes, **kwargs: Any) -> Any:
        return _PlainUnpickler(io.BytesIO(data), **kwargs).load()


@contextlib.contextmanager
def plain_pickles() -> Iterator[None]:
    """Context in which PyTables makes only plain values and arrays of pickles.

    Whatever else a file asks for stays bytes, or ends in an error.

    Example:
        ```python
        with plain_pickles():
            frame = pandas.read_hdf("CollectedData_me.h5")
        ```
    """
    from tables import atom, attributeset

    readers = (atom, attributeset)
    for module in readers:
        module.pickle = _PlainPickle()
    try:
        yield
    finally:
        for module in readers:
            module.pickle = pickle
