import keras
import pytest

from hand_geo_keras.layers.policy_scope import policy_scope


def test_policy_holds_inside_and_is_restored_even_after_an_error():
    with pytest.raises(RuntimeError), policy_scope("mixed_float16"):
        assert keras.config.dtype_policy().name == "mixed_float16"
        raise RuntimeError
    assert keras.config.dtype_policy().name == "float32"
