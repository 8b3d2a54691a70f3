"""How far to trust a view in each direction, learned from labelled poses."""

import numpy as np

_FLOOR_MM = 0.5


def learn_view_precision(predicted: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Learns the inverse covariance of a view's errors, joint by joint.

    Monocular poses are worse in depth than across; knowing by how much makes fused
    poses better than the mean. Fit it on labelled crops that the model was not
    trained on.

    Args:
        predicted: `[N, 21, 3]` wrist-relative poses in mm, virtual-camera frame.
        true: `[N, 21, 3]` labels in the same frames; NaN where unknown.

    Returns:
        `[21, 3, 3]` float64 precision in 1/mm², for `fuse_views`.

    Raises:
        ValueError: If shapes differ or there are no poses.

    Example:
        ```python
        precision = learn_view_precision(model.predict({"image": crops}), poses)
        world = fuse_views(view_poses, rotations, precision=precision)
        ```
    """
    predicted, true = np.asarray(predicted, np.float64), np.asarray(true, np.float64)
    if predicted.shape != true.shape or predicted.ndim != 3 or not len(predicted):
        raise ValueError(
            "Predicted and true poses must be of one shape [N, J, 3] with N > 0. "
            f"Received: shapes {predicted.shape} and {true.shape}"
        )
    errors = _at_true_scale(predicted, true) - true
    known = np.isfinite(errors).all(-1)
    errors = np.where(known[..., None], errors, 0.0)
    # Without the mean removed: a bias is as harmful as noise.
    moments = np.einsum("njk,njl->jkl", errors, errors)
    moments /= np.maximum(known.sum(0), 1)[:, None, None]
    return np.linalg.inv(moments + _FLOOR_MM**2 * np.eye(3))


def _at_true_scale(predicted, true):
    """Fusion sets a common scale by the same norm, so errors of it do not count."""
    known = np.isfinite(true)
    wanted = np.where(known, true, 0)
    given = np.where(known, predicted, 0)
    scales = np.linalg.norm(wanted, axis=(1, 2)) / np.maximum(
        np.linalg.norm(given, axis=(1, 2)), 1e-9
    )
    return predicted * scales[:, None, None]
