"""Choice of the source view that each image of a quad is re-created from."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class ViewExchange(keras.layers.Layer):
    """Gives every image of a quad the latent points of its partner view.

    A quad holds the views (t:i, t:j, t':k, t':l). Image j is re-created from the
    latent points of its partner i of the same instant, image i from those of j,
    and likewise for k and l. The paper always does so; its reference code
    instead re-creates both views of an instant from themselves with probability
    one half (Rhodin et al., `unet_encode3D.py` l.229-282), which
    `self_reconstruction_probability=0.5` reproduces. Inference always exchanges.

    Args:
        self_reconstruction_probability: chance that an instant is auto-encoded
            in training. `0.0` is the paper, `0.5` the reference code.
        seed: seed of that choice.

    Call arguments:
        inputs: dict of `"latent_3d"`: `[B, 4, N, 3]` float, points in the frame
            of their own view; `"rotation"`: `[B, 4, 3, 3]`, world to virtual camera.
        training: whether instants may be auto-encoded.

    Returns:
        Dict of `"latent_3d"`: `[B, 4, N, 3]` float32, the source's points for each
        target image, still in the source's frame, and `"rotation"`: `[B, 4, 3, 3]`
        float32, `R_ij = R_j R_i^T` from that source to the target.

    Example:

    ```python
    exchange = ViewExchange()
    sources = exchange({"latent_3d": latent_3d, "rotation": rotation})
    rotated = LatentRotation()(sources)  # every image's points in its own frame
    ```
    """

    def __init__(
        self,
        self_reconstruction_probability: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        kwargs["dtype"] = "float32"  # rotations lose 1e-3 in half precision
        super().__init__(**kwargs)
        if not 0.0 <= self_reconstruction_probability <= 1.0:
            raise ValueError(
                "`self_reconstruction_probability` must lie in [0, 1]. Received: "
                f"self_reconstruction_probability={self_reconstruction_probability}"
            )
        self.self_reconstruction_probability = self_reconstruction_probability
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        latent_3d, rotation = inputs["latent_3d"], inputs["rotation"]
        source_latent_3d = exchange_partners(latent_3d)
        source_rotation = exchange_partners(rotation)
        if training and self.self_reconstruction_probability > 0:
            keep = self._sample_self_reconstruction(latent_3d)  # [B, 4, 1, 1]
            source_latent_3d = ops.where(keep, latent_3d, source_latent_3d)
            source_rotation = ops.where(keep, rotation, source_rotation)
        relative = ops.matmul(rotation, ops.swapaxes(source_rotation, -1, -2))
        return {"latent_3d": source_latent_3d, "rotation": relative}

    def compute_output_shape(self, input_shape: Any) -> Any:
        return dict(input_shape)

    def get_config(self) -> dict[str, Any]:
        probability = self.self_reconstruction_probability
        return {
            **super().get_config(),
            "self_reconstruction_probability": probability,
            "seed": self.seed,
        }

    def _sample_self_reconstruction(self, latent_3d):
        """One sample per instant, shared by its two views."""
        batch_size = ops.shape(latent_3d)[0]
        sampled = keras.random.uniform((batch_size, 2), seed=self.seed_generator)
        keep = ops.repeat(sampled < self.self_reconstruction_probability, 2, axis=1)
        return keep[:, :, None, None]


def exchange_partners(quad: Any) -> Any:
    """Reorders (t:i, t:j, t':k, t':l) to (t:j, t:i, t':l, t':k).

    Args:
        quad: `[B, 4, ...]`.

    Returns:
        `[B, 4, ...]` with the two views of each instant exchanged.
    """
    return ops.stack([quad[:, 1], quad[:, 0], quad[:, 3], quad[:, 2]], axis=1)
