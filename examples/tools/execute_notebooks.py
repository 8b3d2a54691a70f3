"""Runs the notebooks and stores their outputs in them.

    python examples/tools/execute_notebooks.py
    python examples/tools/execute_notebooks.py examples/quickstart.ipynb

Needs the extra `notebooks`. A notebook is written only if all its cells ran; progress
bars, warnings, times of execution and everything else that tells more about the machine
than about the story is left out.
"""

import base64
import io
import os
import tempfile
from pathlib import Path

import nbformat
from absl import app, flags, logging
from nbclient import NotebookClient
from PIL import Image

from hand_geo_keras.io import replacing

EXAMPLES = Path(__file__).resolve().parents[1]

FLAGS = flags.FLAGS
flags.DEFINE_integer("timeout", 600, "Seconds that one cell may take.")


def main(arguments):
    paths = [Path(path) for path in arguments[1:]] or sorted(EXAMPLES.glob("*.ipynb"))
    # The kernel imports the package of this checkout.
    python_path = [str(EXAMPLES.parent), os.environ.get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, python_path))
    for path in paths:
        notebook = nbformat.read(path, as_version=4)
        with tempfile.TemporaryDirectory() as folder:
            execute(notebook, folder, FLAGS.timeout)
        tidy(notebook)
        with replacing(path) as partial:
            nbformat.write(notebook, partial)
        logging.info("%s: %d kB", path.name, path.stat().st_size // 1000)


def execute(notebook, folder, timeout):
    """Runs all cells in a fresh kernel that works in `folder`."""
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=timeout, resources=resources).execute()


def tidy(notebook):
    """Drops what differs from run to run and from machine to machine."""
    notebook.metadata = {
        "kernelspec": notebook.metadata["kernelspec"],
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [
                output for output in cell.outputs if is_worth_keeping(output)
            ]
            for output in cell.outputs:
                if "image/png" in output.get("data", ()):
                    output.data["image/png"] = smaller(output.data["image/png"])


def is_worth_keeping(output):
    """Whether an output is more than a log line of a library."""
    is_log = output.get("text", "").startswith("INFO:tensorflow")
    return output.get("name") != "stderr" and not is_log


def smaller(png):
    """A base64 PNG with a palette of 64 colours: a quarter of the size, looks alike."""
    image = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    file = io.BytesIO()
    image.quantize(64).save(file, "PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode()


if __name__ == "__main__":
    app.run(main)
