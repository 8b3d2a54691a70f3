"""A network begins where another one, of nearly the same layers, ended."""

from typing import Any

import keras


def copy_matching_layers(trained: Any, network: Any) -> list[str]:
    """Copies the weights of layers that have the same name and shapes.

    Second normalisations of residual blocks that `trained` lacks get a zero scale, so
    that a new block begins as the identity and a deeper network with what it knows.

    Args:
        trained: `keras.Model`.
        network: `keras.Model` whose weights change.

    Returns:
        Names of the layers with weights that `trained` could not give.

    Example:

    ```python
    deeper = JointEncoder(128, blocks=(0, 1, 2, 2, 1), refiner_units=256)
    copy_matching_layers(PoseEstimator.from_preset("hand_128").encoder, deeper)
    ```
    """
    names, new = {layer.name for layer in trained.layers}, []
    for layer in network.layers:
        own = [weight.shape for weight in layer.get_weights()]
        if layer.name in names:
            values = trained.get_layer(layer.name).get_weights()
            if [value.shape for value in values] == own:
                layer.set_weights(values)
                continue
        new += [layer.name] if own else []
        if layer.name.endswith("_second_norm"):
            layer.gamma.assign(keras.ops.zeros_like(layer.gamma))
    return new
