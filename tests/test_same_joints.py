"""One hand through every way into the package: the joints are the same."""

import io
import types

import cv2
import numpy as np
import pytest
from PIL import Image

import hand_geo_keras
from hand_geo_keras.prediction import hand_search
from hand_geo_keras.prediction.hand_reader import HandReader
from hand_geo_keras.synthetic import SequenceSpec, SyntheticSequence
from hand_geo_keras.synthetic.timeline import FrameKind, frames_of_kind
from tests.doors import (
    PRESET,
    CropDoors,
    PhotoDoors,
    largest_mm,
    last_crop,
    opened_page,
    pixels_of,
)

MOST_MM = 0.1
ROTATED_BY = {3: 180, 6: 90, 8: -90}  # orientation in EXIF: degrees of what is stored


def rendered_photo():
    """`[288, 384, 3]` uint8: a right hand of the dome, seen by its first camera."""
    sequence = SyntheticSequence(SequenceSpec(0, "test", 2, (0,)), seed=7)
    frame = frames_of_kind(sequence.timeline, FrameKind.GOOD)[0]
    ((_, image),) = sequence.images(frame, [0])
    return np.ascontiguousarray(image[30:318, 60:444])


@pytest.fixture(scope="module", autouse=True)
def few_windows():
    """The hand fills half of the photo: small windows are five sixths of a search."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hand_search, "_SMALLEST", 1 / 3)
        yield


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    """The photo's file, the hand that is found in it, and its box."""
    file = tmp_path_factory.mktemp("photo") / "hand.png"
    cv2.imwrite(str(file), rendered_photo()[..., ::-1])
    (found,) = hand_geo_keras.predict(file, PRESET)
    assert found.side == "right" and found.score > 0.9
    box = tuple(found.box.tolist())
    return types.SimpleNamespace(file=file, found=found, box=box)


@pytest.fixture(scope="module")
def seen(photo):
    """The crop that `predict` shows the network last, its scale and its rotation."""
    return last_crop(pixels_of(photo.file), photo.box, HandReader(PRESET))


@pytest.fixture(scope="module")
def photo_doors(tmp_path_factory):
    with opened_page() as page:
        page.start()
        yield PhotoDoors(tmp_path_factory.mktemp("photo_doors"), page)


@pytest.fixture(scope="module")
def crop_doors(tmp_path_factory):
    return CropDoors(tmp_path_factory.mktemp("crop_doors"))


def encoded(image, kind, **options):
    """`[H, W, C]` RGB(A), grey or palette image as the bytes of a file."""
    file = io.BytesIO()
    image = image if isinstance(image, Image.Image) else Image.fromarray(image)
    image.save(file, kind, **options)
    return file.getvalue()


def with_orientation(image, orientation):
    """A JPEG that is stored rotated, as phones do, and says so."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = np.rot90(image, ROTATED_BY[orientation] // 90)
    return encoded(np.ascontiguousarray(stored), "JPEG", quality=95, exif=exif)


def of_depth(image, bits):
    """A PNG of 16 bits, of which a camera has filled so many."""
    deep = np.uint16(np.round(image * ((2**bits - 1) / 255)))
    return cv2.imencode(".png", deep[..., ::-1])[1].tobytes()


def files_of(image):
    """dict from name to a file's bytes and the `[H, W, 3]` that they must give."""
    grey = np.asarray(Image.fromarray(image).convert("L"))
    as_colour = np.repeat(grey[..., None], 3, 2)
    alpha = np.uint8(np.tile(np.linspace(0, 255, image.shape[1]), (len(image), 1)))
    palette = Image.fromarray(image).quantize(64)
    files = {
        "colour.png": (encoded(image, "PNG"), image),
        "grey.png": (encoded(grey, "PNG"), as_colour),
        "alpha.png": (encoded(np.dstack([image, alpha]), "PNG"), image),
        "grey_alpha.png": (encoded(np.dstack([grey, alpha]), "PNG"), as_colour),
        "palette.png": (encoded(palette, "PNG"), np.asarray(palette.convert("RGB"))),
        "depth12.png": (of_depth(image, 12), image),
        "depth16.png": (of_depth(image, 16), image),
    }
    for orientation in ROTATED_BY:
        content = with_orientation(image, orientation)
        stored = np.asarray(Image.open(io.BytesIO(content)))
        upright = np.rot90(stored, -ROTATED_BY[orientation] // 90)
        assert upright.shape == image.shape
        name = f"exif{orientation}.jpg"
        files[name] = content, np.ascontiguousarray(upright)
    return files


NAMES = sorted(files_of(np.zeros((8, 12, 3), np.uint8)))


def test_a_photo_is_searched_alike_everywhere(photo, photo_doors):
    """Searches take seconds; in a box, below, every way is tried with every file."""
    for name in ("hand-geo predict photo", "page"):
        joints = photo_doors.doors[name](photo.file)
        assert largest_mm(joints, photo.found.joints) < MOST_MM, name


@pytest.mark.parametrize("name", NAMES)
def test_every_kind_of_file_is_the_same_hand(name, photo, photo_doors, tmp_path):
    content, pixels = files_of(pixels_of(photo.file))[name]
    (tmp_path / name).write_bytes(content)
    in_box = photo_doors.of_image(pixels, photo.box)
    for door in ("of_image", "of_folder", "of_page"):
        joints = getattr(photo_doors, door)(tmp_path / name, photo.box)
        assert largest_mm(joints, in_box) < MOST_MM, door


def test_a_video_shows_the_same_hand(photo, photo_doors):
    in_box = photo_doors.of_image(photo.file, photo.box)
    assert largest_mm(photo_doors.of_video(photo.file, photo.box), in_box) < MOST_MM


def test_the_crop_of_a_photo_gives_the_photos_joints(
    photo, seen, photo_doors, crop_doors
):
    crop, scale, rotation = seen
    in_box = photo_doors.of_image(photo.file, photo.box)
    for name, door in crop_doors.scaled.items():
        assert largest_mm(door(crop, scale) @ rotation, in_box) < MOST_MM, name


def test_a_crop_gives_the_same_joints_in_every_format(seen, crop_doors):
    crop, *_ = seen
    expected = crop_doors.plain["PoseEstimator.predict(array)"](crop)
    assert np.abs(expected).max() > 50
    for name, door in crop_doors.plain.items():
        assert largest_mm(door(crop), expected) < MOST_MM, name


@pytest.mark.parametrize("name", NAMES)
def test_every_kind_of_encoded_crop_is_the_same_hand(name, seen, crop_doors):
    content, pixels = files_of(seen[0])[name]
    expected = crop_doors.plain["PoseEstimator.predict(array)"](pixels)
    assert largest_mm(crop_doors.of_bytes(content), expected) < MOST_MM
    assert largest_mm(crop_doors.rest_of_bytes(content), expected) < MOST_MM


def test_what_would_be_a_mistake_is_seen(photo, photo_doors):
    """Colours in the wrong order, or an orientation that is ignored, would show."""
    pixels = pixels_of(photo.file)
    in_box = photo_doors.of_image(pixels, photo.box)
    swapped = photo_doors.of_image(pixels[..., ::-1], photo.box)
    assert largest_mm(swapped, in_box) > 2 * MOST_MM
    rotated = np.ascontiguousarray(np.rot90(pixels, 2))
    assert largest_mm(photo_doors.of_image(rotated, photo.box), in_box) > 2 * MOST_MM
