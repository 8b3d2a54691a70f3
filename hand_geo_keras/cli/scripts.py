"""How the scripts in `examples/` end when something is wrong or they are stopped."""

import contextlib
from collections.abc import Iterator
from typing import Any

from hand_geo_keras.errors import HandGeoError


@contextlib.contextmanager
def resumable_script(*input_errors: Any) -> Iterator[Any]:
    """Ends a script in one sentence, for bad input and for Ctrl-C.

    Args:
        *input_errors: Exceptions besides `HandGeoError` that are about the input.

    Raises:
        SystemExit: Instead of one of these exceptions or of `KeyboardInterrupt`.

    Example:
        ```python
        with resumable_script(ValueError):
            run_scenarios("mini", "runs/mini")
        ```
    """
    try:
        yield
    except (HandGeoError, *input_errors) as error:
        raise SystemExit(f"error: {error}") from error
    except KeyboardInterrupt:
        raise SystemExit("Stopped; run the same command again to continue.") from None
