"""Decoding ahead and encoding behind, in threads.

OpenCV and TensorFlow let other threads run while they work, so that a video is
predicted in the time of its slowest stage instead of the sum of all.
"""

import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

_END = object()


def read_ahead(items: Any, most: int = 2) -> Iterator[Any]:
    """Iterates in a thread of its own, a few items ahead of whoever uses them.

    Args:
        items: Iterable; it is only touched by that thread, and closed by it.
        most: How many items are kept ready.

    Yields:
        The items in order. What the iterable raises is raised here; when this
        generator is closed early, so is the iterable.

    Example:
        ```python
        for frame in read_ahead(decoded_frames, most=16):
            predict(frame)
        ```
    """
    ready, stopped = queue.Queue(most), threading.Event()
    thread = threading.Thread(target=_fill, args=(items, ready, stopped), daemon=True)
    thread.start()
    try:
        while True:
            item, error = ready.get()
            if error is not None:
                raise error
            if item is _END:
                return
            yield item
    finally:
        stopped.set()
        while thread.is_alive():  # it may wait for a free place in the queue
            _empty(ready)
            thread.join(0.01)


class WriteBehind:
    """Runs one function after the other in a thread, in the order they were given.

    Args:
        most: How many may wait; `__call__` then waits for the first of them.

    Example:
        ```python
        with WriteBehind() as behind:
            for frame in frames:
                behind(video.write, frame)
        ```
    """

    def __init__(self, most: int = 32) -> None:
        self._executor = ThreadPoolExecutor(1)
        self._free_places = threading.Semaphore(most)
        self._error = None

    def __call__(self, function: Callable[..., Any], *args: Any) -> None:
        """Queues a call; raises what an earlier call raised."""
        if self._error is not None:
            raise self._error
        self._free_places.acquire()
        self._executor.submit(self._run, function, args)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, kind: str, error: BaseException | None, traceback: Any) -> None:
        """Waits for what is queued, or drops it after an error of the caller's."""
        self._executor.shutdown(cancel_futures=kind is not None)
        if kind is None and self._error is not None:
            raise self._error

    def _run(self, function, args):
        try:
            if self._error is None:
                function(*args)
        except BaseException as error:
            self._error = error
        finally:
            self._free_places.release()


def _fill(items, ready, stopped):
    iterator = iter(items)
    try:
        for item in iterator:
            ready.put((item, None))
            if stopped.is_set():
                break
        else:
            ready.put((_END, None))
    except BaseException as error:
        ready.put((None, error))
    finally:
        if hasattr(iterator, "close"):
            iterator.close()


def _empty(ready):
    while True:
        try:
            ready.get_nowait()
        except queue.Empty:
            return
