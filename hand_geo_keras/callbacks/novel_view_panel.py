"""The same few hands, decoded from another camera after every epoch."""

from pathlib import Path
from typing import Any

import numpy as np

from hand_geo_keras.callbacks.image_callback import ImageCallback
from hand_geo_keras.layers import denormalize_images
from hand_geo_keras.visualization.image_grid import image_grid

_HEADS = ("input", "true other view", "predicted")


class NovelViewPanel(ImageCallback):
    """Shows in TensorBoard how view synthesis learns.

    Each row shows the first view of a quad, the true second view of the same
    instant, and this view as the model decodes it from the first one, with the
    appearance of the quad's other instant as in training.

    Args:
        quads: Batch of Q quads as for `ViewSynthesizer`, for example from
            `fixed_quads`: one row each.
        log_dir, every, png_dir: See `ImageCallback`.

    Raises:
        ValueError: On `fit`, if the model synthesizes no views.

    Example:
        ```python
        (quads,) = fixed_quads(instants, count=4, batch_size=4)
        model.fit(batches, callbacks=[NovelViewPanel(quads, "logs", every=5)])
        ```
    """

    def __init__(
        self,
        quads: Any,
        log_dir: str | Path,
        every: int = 1,
        png_dir: str | Path | None = None,
    ) -> None:
        super().__init__("novel_views", log_dir, every, png_dir)
        self._quads = {name: np.asarray(value) for name, value in quads.items()}

    def set_model(self, model: Any) -> None:
        super().set_model(model)
        self._synthesizer = getattr(model, "view_synthesizer", model)
        if not hasattr(self._synthesizer, "synthesize"):
            raise ValueError(
                "NovelViewPanel needs a model that synthesizes views, a "
                "ViewSynthesizer or SemiSupervisedPoseEstimator. "
                f"Received: {type(model).__name__}"
            )

    def image(self) -> Any:
        outputs = self._synthesizer(self._quads, training=False)
        # Each view of a quad is decoded from its partner.
        decoded = np.asarray(denormalize_images(outputs["image"][:, 1]))
        decoded = decoded.round().astype(np.uint8)
        images = self._quads["image"]
        return image_grid(list(zip(images[:, 0], images[:, 1], decoded)), _HEADS)
