"""One pose of an instant from several guesses per view, by consensus."""

import itertools

import numpy as np


def consensus_pose(
    poses: np.ndarray, rotations: np.ndarray, temperature: float = 4.0
) -> np.ndarray:
    """Fuses several guesses of every view into the pose that views agree upon.

    A model that was trained on other recordings is right for some rolls of an image
    and wrong for others, and one image does not tell which. Two images do: right
    guesses of both views are the same pose in the world, wrong ones rarely are.
    So every pair of guesses of two views votes with its mean, weighted by `exp(-d /
    temperature)`, where `d` is the mean joint distance of the two, plus that of each
    from the guesses for the next rolls, since right guesses also change little. No
    label is needed. Ours, not the paper's.

    Args:
        poses: `[V, K, 21, 3]` wrist-relative poses in mm of V views, each in the frame
            of its view's virtual camera. The K guesses of a view belong to rolls
            that go round the circle in equal steps, and are rotated back already.
        rotations: `[V, 3, 3]` world -> virtual camera.
        temperature: Disagreement in mm that makes a pair count 2.7 times less.

    Returns:
        `[21, 3]` float64 wrist-relative pose in mm, in the world's axes, of the
        median size of all guesses.

    Raises:
        ValueError: If there are fewer than two views or shapes differ.

    Example:
        >>> rotations = np.stack([np.eye(3), np.diag([-1.0, 1.0, -1.0])])
        >>> pose = np.arange(63.0).reshape(21, 3)
        >>> guesses = np.stack([pose @ R.T for R in rotations])[:, None]
        >>> np.allclose(consensus_pose(guesses, rotations), pose)
        True
    """
    poses = np.asarray(poses, np.float64)
    rotations = np.asarray(rotations, np.float64)
    views = len(poses)
    if poses.ndim != 4 or views < 2 or rotations.shape != (views, 3, 3):
        raise ValueError(
            "Agreement needs poses [V, K, J, 3] and rotations [V, 3, 3] of at least "
            f"two views. Received: shapes {poses.shape} and {rotations.shape}"
        )
    in_world = _of_one_size(poses @ rotations[:, None])
    unsteady = _mean_distance(in_world, np.roll(in_world, 1, axis=1))
    unsteady = (unsteady + np.roll(unsteady, -1, axis=1)) / 2  # [V, K]
    pairs = list(itertools.combinations(range(views), 2))
    doubt = np.stack(
        [
            _mean_distance(in_world[one][:, None], in_world[other][None])
            + (unsteady[one][:, None] + unsteady[other][None]) / 2
            for one, other in pairs
        ]
    )
    votes = np.exp((doubt.min() - doubt) / temperature)
    votes /= 2 * votes.sum()
    return sum(  # type: ignore[return-value]
        np.tensordot(vote.sum(1), in_world[one], 1)
        + np.tensordot(vote.sum(0), in_world[other], 1)
        for vote, (one, other) in zip(votes, pairs)
    )


def _of_one_size(poses):
    """Scales all poses to their median size, so that sizes do not disagree."""
    sizes = np.sqrt((poses**2).sum((-1, -2), keepdims=True))
    return poses * np.median(sizes) / np.maximum(sizes, 1e-9)


def _mean_distance(one, other):
    """[..., 21, 3] -> [...] mm."""
    return np.linalg.norm(one - other, axis=-1).mean(-1)
