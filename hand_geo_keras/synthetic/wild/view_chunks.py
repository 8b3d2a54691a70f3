"""Wild views as arrays, rendered by background processes while something trains."""

import concurrent.futures
import itertools
import multiprocessing
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from hand_geo_keras.io import replacing
from hand_geo_keras.synthetic.parent_watch import start_renderer
from hand_geo_keras.synthetic.wild.backdrops import Backdrops
from hand_geo_keras.synthetic.wild.wild_scene import WildScene

_VIEWS = 4  # per instant
_INSTANTS = 32  # per chunk
_SCENES = 8  # per chunk: images without a hand
VIEWS_PER_CHUNK = _VIEWS * _INSTANTS


class ViewChunks:
    """Renders chunks of 128 views in processes of their own, from now until `close`.

    Chunks are files in a folder, named by number. What chunk n shows depends on the
    seed and n alone; chunks that exist are not rendered again, so that a training that
    is stopped and resumed, or another one, finds its data again.

    Args:
        folder: folder of the chunks; made if absent. 23 MB per chunk.
        preparation: `Preparation` with the sizes of the crops.
        workers: number of processes.
        seed: int.
        backgrounds: folder of photographs, see `Backdrops`.
        keep: whether chunks stay in the folder after they were read.

    Example:

    ```python
    with ViewChunks("runs/chunks", preparation, workers=14) as chunks:
        for views in chunks:  # in the order in which they are finished
            views["image"]  # [128, 160, 160, 3] uint8
    ```
    """

    def __init__(
        self,
        folder: str | Path,
        preparation: Any,
        workers: int,
        seed: int = 0,
        backgrounds: Any = None,
        keep: bool = False,
    ) -> None:
        Path(folder).mkdir(parents=True, exist_ok=True)
        self._keep = keep
        self._pool = concurrent.futures.ProcessPoolExecutor(
            workers,
            multiprocessing.get_context("spawn"),
            start_renderer,
            (os.getpid(),),
        )
        arguments = (str(folder), preparation, seed, backgrounds)
        jobs = (
            self._pool.submit(_write_chunk, *arguments, n) for n in itertools.count()
        )
        # As many wait as are rendered: finished ones are read at once.
        self._jobs, self._waiting = jobs, set(itertools.islice(jobs, 2 * workers))

    def __enter__(self) -> "ViewChunks":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def close(self) -> None:
        """Stops rendering; chunks that are complete stay."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yields chunks: dicts of arrays as `TensorCrops` wants them, `"scene"` too."""
        first = concurrent.futures.FIRST_COMPLETED
        while True:
            done, self._waiting = concurrent.futures.wait(
                self._waiting, return_when=first
            )
            for job in done:
                self._waiting.add(next(self._jobs))
                with np.load(path := job.result()) as arrays:
                    chunk = {name: arrays[name] for name in arrays.files}
                if not self._keep:
                    path.unlink(missing_ok=True)
                yield chunk


def _write_chunk(folder, preparation, seed, backgrounds, number):
    path = Path(folder) / f"chunk-{seed}-{number:06d}.npz"
    if not path.exists():
        chunk = render_chunk(preparation, seed, Backdrops(backgrounds), number)
        with replacing(path) as partial, open(partial, "wb") as file:
            np.savez(file, **chunk)
    return path


def render_views(
    preparation: Any, seed: int, backdrops: Backdrops, instants: Iterable[int]
) -> list[dict[str, Any]]:
    """Renders four views of each of some instants.

    Args:
        preparation: `Preparation` with the sizes of the crops.
        seed: int.
        backdrops: `Backdrops`.
        instants: numbers of instants, see `WildScene`.

    Returns:
        List of what `WildScene.view` returns, and `"joints"` `[21, 3]` float32 in mm
        in the virtual camera.
    """
    views = []
    for instant in instants:
        scene = WildScene(seed, instant, backdrops, preparation)
        for _ in range(_VIEWS):
            view = scene.view()
            joints = scene.joints @ view["rotation"].T + view["translation"]
            views.append({**view, "joints": joints.astype(np.float32)})
    return views


def render_chunk(
    preparation: Any, seed: int, backdrops: Backdrops, number: int
) -> dict[str, Any]:
    """Renders the views of one chunk.

    Args:
        preparation: `Preparation` with the sizes of the crops.
        seed: int.
        backdrops: `Backdrops`.
        number: number of the chunk.

    Returns:
        dict of `"image"`, `"background"` `[128, S, S, 3]` and `"mask"` `[128, S, S]`
        uint8, `"joints"` `[128, 21, 3]` float32 in mm in the virtual camera, `"focal"`
        `[128]` float32 in pixels, and `"scene"` `[8, S, S, 3]` uint8 without a hand.
    """
    frames = range(number * _INSTANTS, (number + 1) * _INSTANTS)
    views = render_views(preparation, seed, backdrops, frames)
    names = ("image", "background", "mask", "joints", "focal")
    chunk = {name: np.stack([view[name] for view in views]) for name in names}
    rng = np.random.default_rng([seed, 2, number])
    size = preparation.stored_size
    scenes = [backdrops(rng, size, busy=True) for _ in range(_SCENES)]
    return {**chunk, "scene": np.stack(scenes)}
