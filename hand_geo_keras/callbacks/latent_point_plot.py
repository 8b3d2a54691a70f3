"""The latent 3D points of the same few hands, from several sides, after every epoch."""

from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from hand_geo_keras.callbacks.image_callback import ImageCallback
from hand_geo_keras.visualization.image_grid import image_grid
from hand_geo_keras.visualization.latent_points import render_latent


class LatentPointPlot(ImageCallback):
    """Shows in TensorBoard how the latent points `L3D` take the hand's shape.

    Each row shows a crop and its points, rotated about the vertical axis of its own
    camera. All images of a row have one scale; it follows the points, since nothing
    fixes their unit.

    Args:
        images: `[K, S, S, 3]` uint8 RGB crops, one per row.
        log_dir, every, png_dir: See `ImageCallback`.
        angles: Angles in degrees by which the points are rotated, one per column.

    Raises:
        ValueError: On `fit`, if the model has no encoder.

    Example:
        ```python
        model.fit(batches, callbacks=[LatentPointPlot(crops[:4], "logs", every=5)])
        ```
    """

    def __init__(
        self,
        images: Any,
        log_dir: str | Path,
        every: int = 1,
        png_dir: str | Path | None = None,
        angles: Any = (0, 45, 90, 135),
    ) -> None:
        super().__init__("latent_points", log_dir, every, png_dir)
        self._images = np.asarray(images)
        self._heads = ("input", *(f"{angle} deg" for angle in angles))
        columns = np.array(angles, np.float64)[:, None]
        self._rotations = Rotation.from_euler("y", columns, degrees=True).as_matrix()

    def set_model(self, model: Any) -> None:
        super().set_model(model)
        # Both parts of a semi-supervised model share the encoder.
        self._encoding = getattr(model, "view_synthesizer", model)
        if not hasattr(self._encoding, "encoder"):
            raise ValueError(
                "LatentPointPlot needs a model with an encoder. "
                f"Received: {type(model).__name__}"
            )

    def image(self) -> Any:
        model = self._encoding
        codes = model.encoder(model.normalize(self._images), training=False)
        latent_3d = np.asarray(codes["latent_3d"])  # [K, N, 3]
        return image_grid(
            [
                [image, *self._sides(points)]
                for image, points in zip(self._images, latent_3d)
            ],
            self._heads,
        )

    def _sides(self, points):
        # Hardly a point lies further out than its 99th percentile.
        extent = 1.05 * np.percentile(np.linalg.norm(points, axis=-1), 99)
        extent = max(float(extent), 1e-6)
        return [
            render_latent(points @ rotation.T, extent) for rotation in self._rotations
        ]
