"""Every reader gives a value or an error of the package, whatever a file holds.

`examples/tools/reliability.py` gives each of them 10,000 files.
"""

import numpy as np
import pytest

from hand_geo_keras.errors import HandGeoError
from tests.mutations import mutated
from tests.readers import READERS, write_whole


@pytest.mark.parametrize("name", READERS)
def test_damaged_files_are_read_or_named(tmp_path, name):
    reader = READERS[name]
    path = write_whole(name, tmp_path)
    reader.check(reader.read(path))  # undamaged
    content = path.read_bytes()
    for number in range(60 if reader.seconds < 0.01 else 6):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(mutated(content, np.random.default_rng(number)))
        try:
            value = reader.read(path)
        except HandGeoError as error:
            assert str(error), number
        else:
            reader.check(value)
