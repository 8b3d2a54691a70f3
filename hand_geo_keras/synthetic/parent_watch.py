"""How worker processes that render start, and that they end with their parent."""

import os
import threading
import time
from typing import Any

import cv2

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


def start_renderer(parent: Any) -> None:
    """Initialises a worker that renders beside others: one thread, no GPU.

    Args:
        parent: Process number of the parent, with which the worker ends.
    """
    end_with_parent(parent)
    cv2.setNumThreads(1)
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"


def _watch(parent):
    while os.getppid() == parent:
        time.sleep(_SECONDS)
    os._exit(1)
