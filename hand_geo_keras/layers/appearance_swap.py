"""Exchange of the appearance code between the two instants of a quad."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class AppearanceSwap(keras.layers.Layer):
    """Gives every image of a quad an appearance code from the other instant.

    A quad holds the views (t:i, t:j, t':k, t':l) of one sequence, that is of one
    person in the same light at two times. Taking `L_app` from t' when decoding
    an image of t (equation (3) of Müller et al., ICIP 2020) leaves the latent
    points as the only carrier of the pose. In training a random one of the
    other instant's two views goes to each image (each view is used once, as in
    Rhodin et al., `unet_encode3D.py` l.229-282); inference pairs view 1 with view 1.
    Gradients flow through both directions.

    Args:
        random_view: whether training picks the other instant's view at random.
        swap_in_inference: `False` keeps every image's own code in inference, as
            the evaluation of the reference does.
        seed: seed of the random choice.

    Call arguments:
        appearance: `[B, 4, D]` float, one code per image of the quad.
        training: whether to choose at random.

    Returns:
        `[B, 4, D]`, same dtype: the code to decode each image with.

    Example:

    ```python
    codes = np.arange(4, dtype="float32").reshape(1, 4, 1)
    AppearanceSwap()(codes)[0, :, 0]  # [2, 3, 0, 1]
    ```
    """

    def __init__(
        self,
        random_view: bool = True,
        swap_in_inference: bool = True,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.random_view = random_view
        self.swap_in_inference = swap_in_inference
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, appearance: Any, training: bool | None = None) -> Any:
        if not training and not self.swap_in_inference:
            return appearance
        now, other = appearance[:, :2], appearance[:, 2:]  # [B, 2, D] each
        if training and self.random_view:
            now, other = self._shuffle_views(now), self._shuffle_views(other)
        return ops.concatenate([other, now], axis=1)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "random_view": self.random_view,
            "swap_in_inference": self.swap_in_inference,
            "seed": self.seed,
        }

    def _shuffle_views(self, views):
        sampled = keras.random.uniform(
            (ops.shape(views)[0], 1, 1), seed=self.seed_generator
        )
        return ops.where(sampled < 0.5, ops.flip(views, axis=1), views)
