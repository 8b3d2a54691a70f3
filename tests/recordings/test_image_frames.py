"""Tests of reading folders of numbered images."""

import cv2
import numpy as np
import pytest

from hand_geo_keras.errors import RecordingError
from hand_geo_keras.recordings.image_frames import ImageFrames
from tests.recordings.conftest import SIZE


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "00_03"
    folder.mkdir()
    for index in (1, 2, 4):
        image = np.full((SIZE[1], SIZE[0], 3), (0, 0, 10 * index), np.uint8)
        cv2.imwrite(str(folder / f"00_03_{index:08d}.png"), image)
    (folder / "notes.txt").write_text("no image")
    return folder


def test_late_start_and_gaps(folder):
    frames = ImageFrames(folder)
    assert frames.num_frames == 5
    assert frames.resolution == SIZE
    assert frames.missing == {0, 3}


def test_read_gives_rgb_and_none_for_gaps(folder):
    images = dict(ImageFrames(folder).read([1, 3, 4]))
    assert images[3] is None
    assert images[4][0, 0].tolist() == [40, 0, 0]


def test_unreadable_image_is_none_and_named(folder):
    broken = folder / "00_03_00000002.png"
    broken.write_bytes(b"half")
    frames = ImageFrames(folder)
    assert dict(frames.read([2])) == {2: None}
    assert frames.file_of(2) == broken


def test_folder_without_numbered_images(tmp_path):
    with pytest.raises(RecordingError, match="holds no image named like"):
        ImageFrames(tmp_path)


def write_images(folder, *names):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        cv2.imwrite(str(folder / name), np.full((SIZE[1], SIZE[0], 3), 90, np.uint8))


def test_names_of_well_known_data_sets(tmp_path):
    """HanCo and FreiHAND, DexYCB beside its depth images, ffmpeg from 1 on."""
    hanco, dexycb, plain = (tmp_path / name for name in ("rgb", "8362", "frames"))
    write_images(hanco, *(f"{i:08d}.jpg" for i in range(3)))
    assert ImageFrames(hanco).num_frames == 3
    for i in range(3):
        write_images(
            dexycb, f"color_{i:06d}.jpg", f"aligned_depth_to_color_{i:06d}.png"
        )
    assert ImageFrames(dexycb, "color_%06d.jpg").num_frames == 3
    with pytest.raises(RecordingError, match=r"as one sequence.*give the pattern"):
        ImageFrames(dexycb)
    write_images(plain, "out-1.png", "out-2.png", "preview.png")
    assert ImageFrames(plain).missing == {0}


@pytest.mark.parametrize(
    "pattern", ["img_%04d.png", "img_*.png", "img_####", "img_*", "IMG_%04d.PNG"]
)
def test_patterns(tmp_path, pattern):
    write_images(tmp_path, "img_0003.png", "img_0004.png", "mask_0003.png", "7.png")
    assert ImageFrames(tmp_path, pattern).missing == {0, 1, 2}


def test_patterns_without_a_number_and_repeated_numbers(tmp_path):
    write_images(tmp_path, "a_1.png", "a_01.png")
    with pytest.raises(RecordingError, match="one place for the number"):
        ImageFrames(tmp_path, "a_1.png")
    with pytest.raises(RecordingError, match=r"same number as a_0?1\.png"):
        ImageFrames(tmp_path)


def test_images_of_another_size_are_unreadable(folder):
    write_images(folder, "00_03_00000007.png")
    cv2.imwrite(str(folder / "00_03_00000005.png"), np.zeros((9, 9, 3), np.uint8))
    images = dict(ImageFrames(folder).read([5, 7]))
    assert images[5] is None and images[7] is not None


def test_hidden_files_are_no_images(folder):
    """macOS leaves them beside each file on disks of other systems."""
    (folder / "._00_03_00000001.png").write_bytes(b"no image")
    assert ImageFrames(folder).missing == {0, 3}


def test_time_stamps_are_no_frames(tmp_path):
    write_images(tmp_path, "1305031102.png", "1305031103.png")
    with pytest.raises(RecordingError, match=r"1305031103\.png.*to be a time stamp"):
        ImageFrames(tmp_path)


def test_a_copy_is_named(folder):
    write_images(folder, "00_03_00000002 - copy.png")
    with pytest.raises(RecordingError, match=r"'00_03_#', '00_03_# - copy'"):
        ImageFrames(folder)


def test_missing_folder(tmp_path):
    with pytest.raises(RecordingError, match="the folder of images is missing"):
        ImageFrames(tmp_path / "absent")
