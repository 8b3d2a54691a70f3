"""ImageNet normalisation of RGB images and its inverse."""

from typing import Any

import keras
from keras import ops

IMAGENET_MEAN = (0.485, 0.456, 0.406)  # RGB, after division by 255
IMAGENET_STD = (0.229, 0.224, 0.225)


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class NormalizeImages(keras.layers.Layer):
    """Maps RGB images in 0..255 to the ImageNet-normalised space.

    `(image / 255 - mean) / std` with the usual ImageNet constants, the space in
    which the networks see images and in which the reference takes its losses
    (Rhodin et al., `config_train_encodeDecode.py` l.43-44). The arithmetic is done in
    float32 whatever the policy; the result has the layer's compute dtype.

    Call arguments:
        images: `[A1, ..., An, H, W, 3]` RGB, uint8 or float in 0..255.

    Returns:
        `[A1, ..., An, H, W, 3]`, compute dtype.

    Example:

    ```python
    images = np.zeros((2, 64, 64, 3), "uint8")
    hand_geo_keras.layers.NormalizeImages()(images)[0, 0, 0]  # about [-2.1, -2.0, -1.8]
    ```
    """

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("autocast", False)  # 0..255 must not pass through bfloat16
        super().__init__(**kwargs)

    def call(self, images: Any) -> Any:
        scaled = ops.cast(images, "float32") / 255.0
        mean = ops.convert_to_tensor(IMAGENET_MEAN, "float32")
        std = ops.convert_to_tensor(IMAGENET_STD, "float32")
        return ops.cast((scaled - mean) / std, self.compute_dtype)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


def denormalize_images(images: Any) -> Any:
    """Maps ImageNet-normalised images back to displayable RGB values.

    Args:
        images: `[A1, ..., An, H, W, 3]` float, as `NormalizeImages` makes them.

    Returns:
        `[A1, ..., An, H, W, 3]` float32, clipped to 0..255.

    Example:

    ```python
    shown = denormalize_images(NormalizeImages()(photo)).numpy().astype("uint8")
    ```
    """
    mean = ops.convert_to_tensor(IMAGENET_MEAN, "float32")
    std = ops.convert_to_tensor(IMAGENET_STD, "float32")
    rgb = ops.cast(images, "float32") * std + mean
    return ops.clip(rgb * 255.0, 0.0, 255.0)
