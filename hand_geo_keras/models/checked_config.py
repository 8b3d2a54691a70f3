"""Configurations of models from files that may hold anything."""

import contextlib
import inspect
from typing import Any

import keras
from keras.src.backend.common import global_state

from hand_geo_keras.errors import WeightsError

_PACKAGE = __name__.partition(".")[0]
# What configurations of this package's models hold besides its own classes.
KERAS_CLASSES = {("keras", "DTypePolicy"), (None, "__tuple__")}
# Key of the models' configurations that tells whoever cannot load them what to do;
# Keras shows the configuration when it does not know the class.
TO_LOAD = "to_load"
_OF_ALL_MODELS = {"name", "trainable", "dtype", TO_LOAD}
# Large numbers by nature, from which no size is made.
_ANY_NUMBER = {"seed", "shared_object_id"}
_MOST = {int: 2**16, list: 64, dict: 64, str: 256}


def check_config(config: Any, where: object) -> None:
    """Refuses a configuration that names anything but models of this package.

    Keras imports the modules that a configuration names and calls what it finds there;
    so it must only ever see what has passed this check.

    Args:
        config: Value from a JSON file, as `keras.saving.serialize_keras_object` gives.
        where: File and part, for messages.

    Raises:
        WeightsError: If it names another class or function, a file of weights, or a
            size that no model has.
    """
    if isinstance(config, dict):
        _check_names(config, where)
    if isinstance(config, (dict, list, str)):
        _check_size(config, where, len(config))
    elif isinstance(config, int) and not isinstance(config, bool):
        _check_size(config, where, abs(config))
    items = config.items() if isinstance(config, dict) else ()
    for name, value in items:
        if name not in _ANY_NUMBER:
            check_config(value, f"{where}, {name}")
    for value in config if isinstance(config, list) else ():
        check_config(value, where)


def build_checked(
    config: Any, where: object, fits: Any, with_weights: bool = True
) -> Any:
    """Builds a model; no memory is taken for its weights before they are known to fit.

    Args:
        config: What has passed `check_config`.
        where: File and part, for messages.
        fits: Function of the model, whose variables have shapes and no values yet,
            that raises `WeightsError` if the file does not hold them.
        with_weights: Whether they are given their initial values, if they fit.

    Returns:
        The model.

    Raises:
        WeightsError: If it cannot be built, or whatever `fits` raises.
    """
    scope = keras.StatelessScope(initialize_variables=False)
    try:
        with scope:
            model = keras.saving.deserialize_keras_object(config, safe_mode=True)
            fits(model)
            scope.initialize_variables = with_weights
    except WeightsError:
        raise
    except Exception as reason:  # arguments that no model takes fail in any way
        first_line = (str(reason).strip().splitlines() or [repr(reason)])[0]
        raise WeightsError(f"{where}: cannot be built ({first_line}).") from reason
    finally:
        # Else the next model would give values to those that were refused.
        global_state.set_global_attribute("uninitialized_variables", [])
    return model


def _check_names(config, where):
    if "class_name" not in config:
        return
    class_name, module = config["class_name"], config.get("module")
    registered = f"{_PACKAGE}>{class_name}"
    with contextlib.suppress(TypeError):  # names that are no text
        if (module, class_name) in KERAS_CLASSES and not config.get("registered_name"):
            return
    if str(module).partition(".")[0] != _PACKAGE or not _own_class(registered):
        raise WeightsError(
            f"{where}: names {module}.{class_name}, which is no model of this package; "
            "it is from another version, or made to do harm."
        )
    if config.get("registered_name") != registered:
        raise WeightsError(
            f"{where}: registered_name must be {registered!r}. "
            f"Received: {config.get('registered_name')!r}"
        )
    _check_arguments(config.get("config"), _own_class(registered), where)


def _check_arguments(arguments, model_class, where):
    known = {*inspect.signature(model_class.__init__).parameters, *_OF_ALL_MODELS}
    unknown = sorted(set(arguments) - known) if isinstance(arguments, dict) else ["it"]
    if unknown:
        raise WeightsError(
            f"{where}: {unknown[0]} is no argument of {model_class.__name__}; the file "
            "is from another version."
        )
    if arguments.get("weights") is not None:
        raise WeightsError(f"{where}: asks for the weights of another file.")


def _own_class(registered):
    """The model class of this package of a registered name, or None."""
    from hand_geo_keras import models  # registers them, and needs this module

    del models
    found = keras.saving.get_registered_object(registered)
    is_model = isinstance(found, type) and issubclass(found, keras.Model)
    return found if is_model else None


def _check_size(value, where, size):
    kind = next(kind for kind in _MOST if isinstance(value, kind))
    if size > _MOST[kind]:
        raise WeightsError(
            f"{where}: holds {kind.__name__} of size {str(size)[:20]}, more than the "
            f"{_MOST[kind]} of any model; the file is damaged or made to do harm."
        )
