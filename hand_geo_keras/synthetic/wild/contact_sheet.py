"""Many wild views at a glance, to be held beside photographs."""

from typing import Any

import numpy as np

from hand_geo_keras.synthetic.wild.backdrops import Backdrops
from hand_geo_keras.synthetic.wild.wild_scene import INSTANTS_PER_SEQUENCE, WildScene


def wild_contact_sheet(
    backdrops: Backdrops,
    preparation: Any,
    rows: int = 6,
    columns: int = 10,
    seed: int = 0,
) -> np.ndarray:
    """Renders one view each of different people.

    Args:
        backdrops: `Backdrops`.
        preparation: `Preparation` with the sizes of the crops.
        rows, columns: Size of the sheet in views.
        seed: int, see `WildScene`.

    Returns:
        `[rows * S, columns * S, 3]` uint8 RGB, S the size of stored crops.
    """
    people = range(0, rows * columns * INSTANTS_PER_SEQUENCE, INSTANTS_PER_SEQUENCE)
    scenes = [WildScene(seed, first, backdrops, preparation) for first in people]
    views = [scene.view()["image"] for scene in scenes]
    return np.vstack(
        [np.hstack(views[i : i + columns]) for i in range(0, len(views), columns)]
    )
