"""What the models say of one hand, kept for as long as it is looked at."""

import dataclasses
from typing import Any

import numpy as np

from hand_geo_keras.viewer.page.hand_image import HandImage, as_right
from hand_geo_keras.viewer.page.images import border_color_background, png_url

_MIRROR = np.array([-1.0, 1.0, 1.0])
_SHOWN_SIZE = (128, 512)  # least and most pixels of the crop that the page shows


@dataclasses.dataclass(frozen=True, eq=False)
class EncodedHand:
    """One hand as each of the models sees it.

    Args:
        key: What the page calls it.
        side: `"right"` or `"left"`.
        shown: `[S, S, 3]` uint8 RGB crop for the page, not mirrored.
        crops: Per model, `[S, S, 3]` uint8 RGB crop, mirrored for a left hand.
        backgrounds: Per model, the empty scene of the crop, else the border's colour.
        codes: Per model, what `ViewModel.encode` returned, or None.
        hands: Per model, `HandPrediction` in the whole image, or None.
        answer: What the page is told, see `describe`.
    """

    key: str
    side: str
    shown: np.ndarray
    crops: list
    backgrounds: list
    codes: list
    hands: list
    answer: dict


def shown_crop(given: HandImage) -> np.ndarray:
    """The crop of a `HandImage` that the page shows."""
    least, most = _SHOWN_SIZE
    return given.crop(int(np.clip(round(given.box[2]), least, most)))


def encode_hand(
    models: Any, given: HandImage, found: dict[Any, Any], shown: np.ndarray, key: str
) -> EncodedHand:
    """Runs the models on a `HandImage`.

    Args:
        models: List of `ViewModel`.
        given: `HandImage`.
        found: dict from pose model to the `HandPrediction` that it has made already.
        shown: What `shown_crop` returned.
        key: What `key_of` returned.

    Returns:
        `EncodedHand`.
    """
    crops = [as_right(given.crop(model.crop_size), given.side) for model in models]
    codes = [model.encode(crop) for model, crop in zip(models, crops)]
    hands = [found.get(model.pose_model) or model.predict(given) for model in models]
    backgrounds = [_background(given, crop) for crop in crops]
    answer = describe(key, given, shown, codes, hands)
    return EncodedHand(key, given.side, shown, crops, backgrounds, codes, hands, answer)


def describe(
    key: str, given: HandImage, shown: np.ndarray, codes: Any, hands: Any
) -> dict[str, Any]:
    """What the page is told of a hand, as JSON's types.

    Positions are relative: `pixels` and `image_pixels` go from 0 to 1 across the crop
    and the image. `joints` are in mm from the wrist, `latent_3d` in the network's own
    unit, both in the axes of the crop's virtual camera (x right, y down, z away).
    """
    height, width = given.image.shape[:2]
    flip = _MIRROR if given.side == "left" else np.ones(3)
    size = shown.shape[0]
    extent = np.array([width, height])

    def each(function, values):
        return [None if v is None else rounded(function(v)) for v in values]

    def crop_pixels(hand):
        return (given.crop_pixels(hand.pixels, size) + 0.5) / size

    return {
        "image": key,
        "png": png_url(shown),
        "source": given.source,
        "frame": given.frame,
        "side": given.side,
        "box": rounded(given.box),
        "latent_3d": each(lambda c: np.asarray(c["latent_3d"][0]) * flip, codes),
        "joints": each(lambda hand: given.crop_joints(hand.joints), hands),
        "pixels": each(crop_pixels, hands),
        "image_pixels": each(lambda hand: (hand.pixels + 0.5) / extent, hands),
        "score": [hand and hand.score for hand in hands],
    }


def rounded(array: Any, decimals: int = 4) -> Any:
    """An array, or a number, as JSON's types."""
    return np.round(np.float64(array), decimals).tolist()


def _background(given, crop):
    if given.background is None:
        return border_color_background(crop)
    return as_right(given.crop(crop.shape[0], background=True), given.side)
