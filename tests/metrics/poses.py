"""Random poses and brute-force alignments."""

import numpy as np
from scipy.optimize import minimize, minimize_scalar
from scipy.spatial.transform import Rotation


def poses(seed, count=6, joints=21):
    """`[count, joints, 3]` float32 in mm, wrist at zero."""
    values = 30.0 * np.random.default_rng(seed).normal(size=(count, joints, 3))
    values[:, 0] = 0.0
    return values.astype("float32")


def distances(first, second):
    return np.linalg.norm(np.asarray(first) - np.asarray(second), axis=-1)


def best_scale(truth, prediction):
    """Searches the scale of least squared error."""
    return minimize_scalar(lambda s: ((s * prediction - truth) ** 2).sum()).x


def best_similarity(truth, prediction):
    """Searches scale, rotation and translation of least squared error."""

    def moved(parameters):
        rotation = Rotation.from_rotvec(parameters[:3]).as_matrix()
        scale = np.exp(parameters[3])
        return scale * prediction @ rotation.T + parameters[4:]

    def error(parameters):
        return ((moved(parameters) - truth) ** 2).sum()

    starts = [np.r_[rotvec, np.zeros(4)] for rotvec in _rotation_starts()]
    results = [minimize(error, start, method="BFGS") for start in starts]
    return moved(min(results, key=lambda result: result.fun).x)


def _rotation_starts():
    return [np.zeros(3), *(1.5 * axis for axis in (*np.eye(3), *-np.eye(3)))]
