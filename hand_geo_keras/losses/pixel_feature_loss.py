"""The image loss of view synthesis: pixels plus ResNet-18 features."""

import warnings
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from hand_geo_keras.errors import WeightsError
from hand_geo_keras.layers.normalize_images import (
    IMAGENET_MEAN,
    IMAGENET_STD,
    denormalize_images,
)
from hand_geo_keras.losses.foreground import foreground_mask, foreground_weights
from hand_geo_keras.losses.resnet18_features import ResNet18Features


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class PixelFeatureLoss(keras.losses.Loss):
    """L1 between pixels plus L1 between low-level ImageNet features.

    Equation (4) of Müller et al. (ICIP 2020) with the weights and layers of the
    code it builds on (Rhodin et al., `train_encodeDecode.py` l.246-273):
    `mean|I' - I| + 2 * 1/3 * sum_l mean|phi_l(I') - phi_l(I)|` with `phi_l` =
    relu(conv1), layer1 and layer2 of a ResNet-18, all in ImageNet-normalised space.

    The feature network lives in this object. It is therefore not tracked by a
    model that is compiled with it, not trained, not saved and not exported.

    Args:
        features: `ResNet18Features`, or the `weights` argument of one
            (`"auto"`, `"imagenet"`, a path, `None` for random ones), or `"off"`.
            With `"auto"`, where no ImageNet weights are available, a warning is given
            and only pixels are compared: on real recordings random features made the
            latent points worse than none. Not built when `feature_weight` is 0.
        pixel_weight: weight of the pixel term.
        feature_weight: weight of the mean over the feature maps.
        ssim_weight: weight of `1 - SSIM` (ours, off).
        gradient_weight: weight of L1 between finite differences (ours, off).
        foreground_weight: how much more the pixels (and feature cells) count that
            differ from the target's own background, which are those of the hand
            (ours; 1 is the reference). Weights are scaled to mean 1 per image.
        feature_every: takes the features of every n-th image of the batch only, and
            counts them n times (ours; 1 is the reference). In a quad batch 2 means
            one view per instant, which halves the cost of the features.
        reduction: see `keras.losses.Loss`.
        name: name of the loss.

    Call arguments:
        y_true: `[B, S, S, 3]` float target, ImageNet-normalised; or a dict of it
            as `"image"` and, of the same shape, `"background"`, which
            `foreground_weight` needs.
        y_pred: `[B, S, S, 3]` float prediction, ImageNet-normalised.

    Returns:
        Per-sample losses `[B]` float32 before the reduction.

    Raises:
        ValueError: `foreground_weight` is not 1 but there is no background.
        WeightsError: the feature network's weights are not available.

    Example:

    ```python
    loss = PixelFeatureLoss(features="resnet18.safetensors", foreground_weight=7.0)
    view_synthesizer.compile("adam", loss=loss)
    ```
    """

    def __init__(
        self,
        features: Any = "auto",
        pixel_weight: float = 1.0,
        feature_weight: float = 2.0,
        ssim_weight: float = 0.0,
        gradient_weight: float = 0.0,
        foreground_weight: float = 1.0,
        feature_every: int = 1,
        reduction: str = "sum_over_batch_size",
        name: str = "pixel_feature_loss",
        **kwargs: Any,
    ) -> None:
        kwargs["dtype"] = "float32"
        super().__init__(reduction=reduction, name=name, **kwargs)
        if features == "off":
            feature_weight = 0.0
        if feature_weight and not isinstance(features, ResNet18Features):
            features, feature_weight = _load(features, feature_weight)
        self.features = features
        self.pixel_weight = pixel_weight
        self.feature_weight = feature_weight
        self.ssim_weight = ssim_weight
        self.gradient_weight = gradient_weight
        self.foreground_weight = foreground_weight
        self.feature_every = feature_every

    @property
    def description(self) -> Any:
        """One line for results: which features the loss was taken with."""
        if not self.feature_weight:
            return "no features, pixels only"
        return self.features.description

    @property
    def term_weights(self) -> dict[Any, Any]:
        """Dict of the weights of the terms that are switched on."""
        weights = {
            "pixel": self.pixel_weight,
            "feature": self.feature_weight,
            "ssim": self.ssim_weight,
            "gradient": self.gradient_weight,
        }
        return {name: weight for name, weight in weights.items() if weight}

    def terms(self, y_true: Any, y_pred: Any) -> dict[Any, Any]:
        """The unweighted terms, for logging each by its name.

        Args:
            y_true: as in the call.
            y_pred: as in the call.

        Returns:
            Dict of `[B]` float32 for every name in `term_weights`.
        """
        target, weights = self._target_and_weights(y_true)
        prediction = ops.cast(y_pred, "float32")
        functions = {
            "pixel": _weighted_l1,
            "feature": self._feature_term,
            "ssim": _ssim_term,
            "gradient": _gradient_term,
        }
        return {
            name: functions[name](target, prediction, weights)
            for name in self.term_weights
        }

    def call(self, y_true: Any, y_pred: Any) -> Any:
        terms = self.terms(y_true, y_pred)
        return sum(self.term_weights[name] * term for name, term in terms.items())

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "features": keras.saving.serialize_keras_object(self.features),
            "pixel_weight": self.pixel_weight,
            "feature_weight": self.feature_weight,
            "ssim_weight": self.ssim_weight,
            "gradient_weight": self.gradient_weight,
            "foreground_weight": self.foreground_weight,
            "feature_every": self.feature_every,
        }

    @classmethod
    def from_config(cls, config: Any) -> Any:
        config = dict(config)
        config["features"] = keras.saving.deserialize_keras_object(config["features"])
        return cls(**config)

    def _target_and_weights(self, y_true):
        target = y_true["image"] if isinstance(y_true, dict) else y_true
        target = ops.stop_gradient(ops.cast(target, "float32"))
        if self.foreground_weight == 1.0:
            return target, None
        if not isinstance(y_true, dict) or "background" not in y_true:
            raise ValueError(
                'A `foreground_weight` other than 1 needs `y_true` to be a dict of "'
                'image" and "background". '
                f"Received: foreground_weight={self.foreground_weight}"
            )
        mask = foreground_mask(
            denormalize_images(target), denormalize_images(y_true["background"])
        )
        return target, foreground_weights(mask, self.foreground_weight)

    def _feature_term(self, target, prediction, weights):
        step, batch_size = self.feature_every, ops.shape(target)[0]
        if step > 1:
            target, prediction = target[::step], prediction[::step]
            weights = None if weights is None else weights[::step]
        wanted = [ops.stop_gradient(maps) for maps in self.features(target)]
        distances = [
            _weighted_l1(true, decoded, _resize_weights(weights, true))
            for true, decoded in zip(wanted, self.features(prediction))
        ]
        mean = sum(distances) / len(distances)
        return mean if step == 1 else _spread(mean, step, batch_size)


def _load(features, feature_weight):
    """Features and their weight, which is 0 where `"auto"` finds none."""
    try:
        return ResNet18Features(features), feature_weight
    except WeightsError as error:
        if features != "auto":
            raise
        warnings.warn(
            "The image loss compares PIXELS ONLY, which is not the paper's loss: "
            f"{error}",
            stacklevel=3,
        )
        return features, 0.0


def _weighted_l1(target, prediction, weights):
    """[B, h, w, C] twice and [B, h, w, 1] or None -> [B]."""
    distance = ops.abs(prediction - target)
    if weights is not None:
        distance = distance * weights
    return ops.mean(distance, axis=(1, 2, 3))


def _spread(values, step, batch_size):
    """[ceil(B / n)] -> [B], zeros between n times the values: about the same mean."""
    zeros = ops.zeros((ops.shape(values)[0], step - 1), values.dtype)
    columns = ops.concatenate([step * values[:, None], zeros], axis=1)
    return ops.reshape(columns, (-1,))[:batch_size]


def _resize_weights(weights, feature_map):
    """Averages pixel weights over the cells of a feature map; keeps the mean."""
    if weights is None:
        return None
    factor = weights.shape[1] // feature_map.shape[1]
    return ops.average_pool(weights, factor, strides=factor, padding="same")


def _ssim_term(target, prediction, weights):
    """1 - SSIM on images in 0..1; the weights do not apply."""
    del weights
    std, mean = ops.array(IMAGENET_STD), ops.array(IMAGENET_MEAN)
    return 1.0 - tf.image.ssim(
        target * std + mean, prediction * std + mean, max_val=1.0
    )


def _gradient_term(target, prediction, weights):
    """L1 between horizontal and vertical finite differences."""
    error = prediction - target
    rows = ops.abs(error[:, 1:] - error[:, :-1])
    columns = ops.abs(error[:, :, 1:] - error[:, :, :-1])
    if weights is not None:
        rows, columns = rows * weights[:, 1:], columns * weights[:, :, 1:]
    return ops.mean(rows, axis=(1, 2, 3)) + ops.mean(columns, axis=(1, 2, 3))
