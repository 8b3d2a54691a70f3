"""Worker processes that end with the process that started them."""

import os
import threading
import time
from typing import Any

_SECONDS = 1.0


def end_with_parent(parent: Any) -> None:
    """Ends this process soon after its parent, which cannot tell it when killed.

    A pool's workers wait for work for ever when their parent is killed.

    Args:
        parent: Process number of the parent.

    Example:
        ```python
        ProcessPoolExecutor(4, initializer=end_with_parent, initargs=(os.getpid(),))
        ```
    """
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent):
    while os.getppid() == parent:
        time.sleep(_SECONDS)
    os._exit(1)
