import subprocess
import sys

import cv2


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "hand_geo_keras.synthetic", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_renders_the_chosen_cameras_with_two_workers(tmp_path):
    done = run("--variant=tiny", f"--out_dir={tmp_path}", "--cameras=8", "--workers=2")
    assert done.returncode == 0, done.stderr
    assert "3 sequences rendered" in done.stdout
    assert [path.name for path in tmp_path.glob("*/hdVideos/*")] == ["hd_00_08.mp4"] * 3


def test_writes_a_contact_sheet(tmp_path):
    done = run(f"--contact_sheet={tmp_path / 'sheet.png'}")
    assert done.returncode == 0, done.stderr
    assert cv2.imread(str(tmp_path / "sheet.png")).shape == (1280, 960, 3)


def test_wrong_usage_says_what_to_give():
    done = run("--variant=tiny")
    assert done.returncode != 0
    assert "--out_dir" in done.stdout + done.stderr
