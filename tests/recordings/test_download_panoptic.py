"""Tests of the download script; no host but the loopback device is contacted."""

import hashlib
import io
import tarfile

import pytest

from hand_geo_keras.http_file import HttpClient
from hand_geo_keras.recordings import PanopticRecording
from hand_geo_keras.recordings.download_panoptic import main
from tests.recordings.faulty_server import FaultySite, serve

BASE = "/webdata/dataset/171026_tiny"
VIDEO = BASE + "/videos/hd_shared_crf20/hd_00_01.mp4"


@pytest.fixture
def site(panoptic_dir):
    """The tree of the fixture as the server offers it; 29 cameras are not there."""
    videos = {
        f"{BASE}/videos/hd_shared_crf20/{file.name}": file.read_bytes()
        for file in (panoptic_dir / "hdVideos").iterdir()
    }
    calibration = panoptic_dir / "calibration_171026_tiny.json"
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        tar.add(panoptic_dir / "hdHand3d", arcname="hdHand3d/hd")
    files = {
        f"{BASE}/{calibration.name}": calibration.read_bytes(),
        f"{BASE}/hdHand3d.tar": packed.getvalue(),
    }
    with serve(FaultySite(files | videos)) as running:
        yield running


@pytest.fixture
def run(site, tmp_path):
    def command(*flags, accept=True):
        client = HttpClient(0, retries=2, progress=False, sleep=lambda seconds: None)
        flags = [*flags, f"--endpoint={site.url}", f"--out_dir={tmp_path / 'out'}"]
        flags += ["--sequences=171026_tiny"] + ["--accept_license"] * accept
        return main(flags, client)

    return command


def test_a_downloaded_sequence_opens(run, tmp_path, capsys):
    assert run() == 0
    recording = PanopticRecording(tmp_path / "out" / "171026_tiny")
    assert recording.labelled_frames == (3, 4, 8)
    assert len(recording.cameras) == 2 and recording.problems == ()
    printed = capsys.readouterr().out
    assert "non-commercial and research" in printed
    assert "failed cameras): 171026_tiny/hdVideos/hd_00_02.mp4, " in printed
    assert "{'downloaded': 4}, 0 failed" in printed


def test_nothing_without_the_licence(run, site, tmp_path, capsys):
    assert run(accept=False) == 2
    assert site.requests == [] and not (tmp_path / "out").exists()
    assert "--accept_license" in capsys.readouterr().out


def test_estimate_before_the_start(run, site, tmp_path, capsys):
    assert run("--dry_run", accept=False) == 0
    assert {method for method, *_ in site.requests} == {"HEAD"}
    assert not (tmp_path / "out").exists()
    total = sum(map(len, site.files.values())) / 1e9
    assert f"4 files, {total:.2f} GB" in capsys.readouterr().out


def test_only_the_cameras_asked_for(run, site, tmp_path):
    assert run("--cameras=1,5-6") == 0
    videos = tmp_path / "out" / "171026_tiny" / "hdVideos"
    assert [file.name for file in videos.iterdir()] == ["hd_00_01.mp4"]
    assert len(site.requests) == 5 + 3


@pytest.mark.parametrize("numbers", ["31", "-1", "a"])
def test_impossible_cameras(run, numbers):
    with pytest.raises(SystemExit):
        run(f"--cameras={numbers}")


def test_second_run_finds_everything_there(run, site, capsys):
    run()
    site.requests.clear()
    assert run() == 0
    assert {method for method, *_ in site.requests} == {"HEAD"}
    assert "{'already there': 4}" in capsys.readouterr().out


def test_labels_are_unpacked_again_when_their_folder_is_gone(run, tmp_path):
    run()
    folder = tmp_path / "out" / "171026_tiny" / "hdHand3d"
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    assert run() == 0 and len(list(folder.iterdir())) == 3


def test_silently_truncated_video_is_refused(run, site, tmp_path, capsys):
    """The server announces the length of the stump, so only the content tells."""
    site.files[VIDEO] = site.files[VIDEO][:-50]
    assert run() == 1
    assert "hd_00_01.mp4: what the server sent is not whole" in capsys.readouterr().err
    videos = tmp_path / "out" / "171026_tiny" / "hdVideos"
    assert [file.name for file in videos.iterdir()] == ["hd_00_00.mp4"]


def test_connection_that_keeps_breaking_is_continued_later(run, site, capsys):
    site.break_after[VIDEO] = [500, 0, 0, 0]
    assert run() == 1
    assert "hd_00_01.mp4: cannot be downloaded" in capsys.readouterr().err
    assert run() == 0
    assert site.gets(VIDEO)[-1] == 500


def test_unknown_sequence(run, site, capsys):
    site.files.clear()
    assert run() == 1
    assert "correct the name of the sequence" in capsys.readouterr().err


def test_known_checksums(run, site, tmp_path, capsys):
    digest = hashlib.sha256(site.files[VIDEO]).hexdigest()
    known = tmp_path / "checksums.tsv"
    known.write_text(f"{site.url}{VIDEO}\t1\t{digest}\thd_00_01.mp4\n")
    assert run(f"--checksums={known}") == 0
    (tmp_path / "out" / "171026_tiny" / "hdVideos" / "hd_00_01.mp4").unlink()
    known.write_text(f"{site.url}{VIDEO}\t1\t{'0' * 64}\thd_00_01.mp4\n")
    assert run(f"--checksums={known}") == 1
    assert "another SHA-256" in capsys.readouterr().err


def test_full_disk_is_noticed_before_the_start(run, site, capsys, monkeypatch):
    usage = type("Usage", (), {"free": 10})
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage)
    assert run() == 1
    assert "GB are free" in capsys.readouterr().err and site.gets(VIDEO) == []
