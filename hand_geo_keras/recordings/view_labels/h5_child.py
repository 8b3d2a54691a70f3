"""The process in which HDF5 tables are read, see `h5_tables`; it runs as a script.

It answers a path per line with a table per line, both as JSON. It imports nothing of
this package, so that it begins soon.

PyTables keeps Python objects as pickles, and a pickle may ask for any code to be run.
The label files of DeepLabCut hold lists, strings and arrays only: no more is made.
"""

import contextlib
import io
import json
import pickle
import sys
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


def read_table(path: str) -> dict[str, Any]:
    """The only table of a file.

    Args:
        path: HDF5 file that pandas wrote.

    Returns:
        dict of `"levels"`: names of the levels of the column names; `"columns"`: a list
        of parts for each; `"rows"`: names; `"values"`: a list of float for each row.
    """
    import pandas

    with plain_pickles():
        frame = pandas.DataFrame(pandas.read_hdf(path))
    return {
        "levels": [str(name).lower() for name in frame.columns.names],
        "columns": [list(map(str, _parts(key))) for key in frame.columns],
        "rows": ["/".join(map(str, _parts(key))) for key in frame.index],
        "values": frame.to_numpy("float64").tolist(),
    }


def _parts(key):
    return key if isinstance(key, tuple) else (key,)


def main() -> None:
    """Answers until there is nobody to ask."""
    answers, sys.stdout = sys.stdout, sys.stderr  # for answers alone
    for line in sys.stdin:
        try:
            answer = {"table": read_table(json.loads(line))}
        # What is damaged fails in the depths of PyTables with any exception.
        except Exception as reason:
            answer = {"error": " ".join(str(reason).split())[:200]}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
