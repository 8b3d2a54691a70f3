"""The notebooks run from top to bottom; here with small numbers."""

import os
import re
import sys
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat", reason="needs the extra 'notebooks'")
nbclient = pytest.importorskip("nbclient", reason="needs the extra 'notebooks'")
pytest.importorskip("ipykernel", reason="needs the extra 'notebooks'")

ROOT = Path(__file__).resolve().parents[1]
MAX_BYTES = 600_000
SMALL = {
    "quickstart": {
        "INSTANTS": 24,
        "CAMERAS": 2,
        "CROP_SIZE": 32,
        "EPOCHS": 2,
        "STEPS_PER_EPOCH": 2,
        "QUADS": 1,
        "LABELS": 16,
        "HEAD_STEPS": 2,
        "SUPERVISED_STEPS": 2,
        "WORKERS": 1,
    },
    "your_own_cameras": {
        "INSTANTS": 24,
        "CLICKED": 8,
        "CROP_SIZE": 32,
        "EPOCHS": 1,
        "STEPS_PER_EPOCH": 2,
        "QUADS": 1,
        "HEAD_STEPS": 2,
    },
    "training_to_serving": {"MODEL": '"hand_128"', "HANDS": 2, "REQUESTS": 2},
}
# The hand fills much of the photo, and tracing takes longer than so few steps.
QUICK = """\
import hand_geo_keras
import tensorflow
from hand_geo_keras.prediction import hand_search

hand_search._SMALLEST = 1 / 3
tensorflow.config.run_functions_eagerly(True)
"""


def read(name):
    return nbformat.read(ROOT / "examples" / f"{name}.ipynb", as_version=4)


def parameters_cell(notebook):
    (cell,) = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", ())]
    return cell


def test_every_notebook_is_tested():
    assert {path.stem for path in (ROOT / "examples").glob("*.ipynb")} == set(SMALL)


@pytest.mark.parametrize("name", SMALL)
def test_a_notebook_runs(name, tmp_path, monkeypatch):
    notebook = read(name)
    cell = parameters_cell(notebook)
    names = re.findall(r"^(\w+) = ", cell.source, re.MULTILINE)
    assert names == list(SMALL[name])  # no size is forgotten
    cell.source = "\n".join(f"{key} = {value}" for key, value in SMALL[name].items())
    notebook.cells.insert(0, nbformat.v4.new_code_cell(QUICK))
    # The kernel must import this package, and leave no trace in the home folder.
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    monkeypatch.setenv("PYTHONPATH", path)
    for variable in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "TMPDIR"):
        (tmp_path / variable).mkdir()
        monkeypatch.setenv(variable, str(tmp_path / variable))
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    resources = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(notebook, timeout=600, resources=resources).execute()
    kinds = [kind for c in notebook.cells for o in c.get("outputs", ()) for kind in o]
    assert "data" in kinds  # images


@pytest.mark.parametrize("name", SMALL)
def test_the_package_is_imported_before_tensorflow(name):
    """Only then it keeps TensorFlow's start-up lines away."""
    code = "\n".join(c.source for c in read(name).cells if c.cell_type == "code")
    first = re.search(r"^(?:import|from) (keras|tensorflow|hand_geo_keras)", code, re.M)
    assert first[1] == "hand_geo_keras"


@pytest.mark.parametrize("name", SMALL)
def test_stored_outputs_are_complete_small_and_anonymous(name):
    path = ROOT / "examples" / f"{name}.ipynb"
    assert path.stat().st_size < MAX_BYTES
    notebook = read(name)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.execution_count is not None, cell.source
            kinds = {output.output_type for output in cell.outputs}
            assert "error" not in kinds
            assert not any(output.get("name") == "stderr" for output in cell.outputs)
            assert "execution" not in cell.metadata
    text = re.sub(r'"image/png": "[^"]*"', "", path.read_text())
    for place in (str(ROOT), str(Path.home()), sys.prefix):
        assert place not in text or len(place) < 2
    assert not re.search(r"(?<![\w.])/(tmp|home|root|Users|usr|opt|work)/", text)
