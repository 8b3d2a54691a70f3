"""How cameras are connected by what they see together."""

from typing import Any

import numpy as np
from scipy.sparse import csgraph


def spanning_tree(count: int, weights: dict[Any, Any]) -> tuple[Any, ...]:
    """The tree that connects cameras by their strongest pairs.

    Args:
        count: Number of cameras.
        weights: dict from `(a, b)`, `a < b`, to a positive strength.

    Returns:
        `(edges, groups)`: list of `(known, new)` camera indices in an order in which
        each `new` hangs on a `known` one, from camera 0 on; and the list of groups of
        connected cameras, each a list of indices. The tree spans the first group.

    Example:
        >>> spanning_tree(3, {(0, 1): 5, (1, 2): 9, (0, 2): 1})
        ([(0, 1), (1, 2)], [[0, 1, 2]])
    """
    graph = np.zeros((count, count))
    for (a, b), weight in weights.items():
        # The minimum spanning tree of what is smallest where weights are large.
        graph[a, b] = 1 / weight
    tree = csgraph.minimum_spanning_tree(graph)
    order, before = csgraph.breadth_first_order(tree, 0, directed=False)
    _, labels = csgraph.connected_components(graph, directed=False)
    groups = [np.flatnonzero(labels == label).tolist() for label in np.unique(labels)]
    edges = [(int(before[new]), int(new)) for new in order[1:]]
    return edges, groups
