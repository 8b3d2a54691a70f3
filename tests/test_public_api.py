"""What the package itself offers, without importing anything heavy."""

import subprocess
import sys
from pathlib import Path

import pytest

import hand_geo_keras

CODE = """
import sys
from pathlib import Path
import hand_geo_keras
assert hand_geo_keras.__version__
assert not {"tensorflow", "keras", "numpy"} & set(sys.modules)
"""


def test_the_import_is_free():
    subprocess.run([sys.executable, "-c", CODE], check=True)


@pytest.mark.parametrize("name", hand_geo_keras.__all__)
def test_every_public_name_is_there_and_documented(name):
    assert getattr(hand_geo_keras, name) is not None
    assert name in dir(hand_geo_keras)
    if name != "__version__":
        assert f"`{name}`" in hand_geo_keras.__doc__


def test_packages_are_attributes():
    root = Path(hand_geo_keras.__file__).parent
    packages = {path.parent.name for path in root.glob("*/__init__.py")}
    assert packages - {"io"} == set(hand_geo_keras._PACKAGES) - {"errors"}
    for name in hand_geo_keras._PACKAGES:
        assert getattr(hand_geo_keras, name).__name__ == f"hand_geo_keras.{name}"


def test_unknown_names_are_refused():
    with pytest.raises(AttributeError, match="no attribute 'photos'"):
        hand_geo_keras.photos  # noqa: B018
