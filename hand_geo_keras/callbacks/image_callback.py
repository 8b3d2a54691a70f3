"""Base class of the callbacks that render an image of the model while it learns."""

from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from hand_geo_keras.io import write_image

RUN = "images"


class ImageCallback(keras.callbacks.Callback):
    """Writes an image to TensorBoard every few epochs, and after the last one.

    Subclasses render it in `image`. Its step is the epoch, as in Keras' own logs.

    Args:
        name: Name of the image in TensorBoard and of PNG files.
        log_dir: Folder of the TensorBoard logs. The images go to its subfolder
            `images`, beside the `train` of `keras.callbacks.TensorBoard`.
        every: Epochs from one image to the next.
        png_dir: Folder for `<name>_0007.png` (of the 7th epoch) as well, or None.
    """

    def __init__(
        self,
        name: str,
        log_dir: str | Path,
        every: int = 1,
        png_dir: str | Path | None = None,
    ) -> None:
        super().__init__()
        if every < 1:
            raise ValueError(f"`every` must be 1 or more. Received: every={every}")
        self.name = name
        self.log_dir = Path(log_dir)
        self.every = every
        self.png_dir = None if png_dir is None else Path(png_dir)
        self._writer = None

    def image(self) -> Any:
        """The current image of the model, `[H, W, 3]` uint8 RGB."""
        raise NotImplementedError

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        is_last = epoch + 1 == self.params.get("epochs")
        if (epoch + 1) % self.every and not is_last:
            return
        image = self.image()
        self._write_summary(image, epoch)
        if self.png_dir is not None:
            write_image(self.png_dir / f"{self.name}_{epoch + 1:04d}.png", image)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _write_summary(self, image, epoch):
        if self._writer is None:
            self._writer = tf.summary.create_file_writer(str(self.log_dir / RUN))
        # Keras' TensorBoard may have recording switched off between its own steps.
        with self._writer.as_default(), tf.summary.record_if(True):
            tf.summary.image(self.name, image[None], step=epoch)
        self._writer.flush()
