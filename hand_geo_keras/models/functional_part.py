"""Base class of the networks that the trainable models are put together from."""

from typing import Any

import keras


class FunctionalPart(keras.Model):
    """A functional network that is rebuilt from its constructor's arguments.

    Subclasses build their graph in `__init__`, pass its ends to this constructor
    and list their own arguments in `get_config`. Being functional, a part is
    built from the start, prints a full `summary()` and can be saved, exported
    and used on its own.

    Args:
        inputs: symbolic inputs of the graph.
        outputs: symbolic outputs of the graph.
        dtype: dtype policy that the layers were made with; the global one if None.
        trainable: whether the part's layers are trained.
        **kwargs: `name`.

    Attributes:
        points_in_crop: whether the part's latent points are positions in the crop
            (ours), rather than points about the hand's own centre (the paper's). A
            property of the class; encoder and decoder of a pair must agree.
    """

    points_in_crop = False

    def __init__(
        self,
        inputs: Any,
        outputs: Any,
        dtype: Any = None,
        trainable: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(inputs=inputs, outputs=outputs, **kwargs)
        if not trainable:  # Keras' own argument would miss the layers
            self.trainable = False
        self._part_dtype_policy = keras.dtype_policies.get(dtype)

    def get_config(self) -> dict[str, Any]:
        # Deliberately not the functional graph: the arguments say it all.
        return {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": keras.dtype_policies.serialize(self._part_dtype_policy),
        }
