"""Figures of a calibration: coverage, residuals and the places of the cameras."""

import numpy as np
from matplotlib.figure import Figure

from hand_geo_keras.calibration.board_calibration import BoardCalibration, CameraFit

_MOST_ARROWS = 700
# The 90th percentile of arrows has this length, relative to the image's width.
_ARROW_LENGTH = 0.05
_SIDE_INCHES = 5.2


def coverage_figure(fit: CameraFit) -> Figure:
    """An image of the camera, and all corners calibrated with, coloured by error.

    Args:
        fit: `CameraFit`.
    """
    figure, axes = _image_axes(fit)
    axes.imshow(255 - (255 - fit.example.astype(int)) // 2, "gray", vmin=0, vmax=255)
    errors = np.linalg.norm(fit.errors, axis=1)
    dots = axes.scatter(
        *fit.pixels.T, c=errors, s=4, cmap="viridis", vmin=0, vmax=_high(errors)
    )
    bar = figure.colorbar(dots, ax=axes, fraction=0.035, pad=0.02)
    bar.set_label("reprojection error (px)", fontsize=8)
    bar.ax.tick_params(labelsize=7)
    return _limited(figure, axes, fit)


def residual_figure(fit: CameraFit) -> Figure:
    """Arrows from where corners were seen to where they are projected, magnified.

    Without pattern all is well; arrows that turn with the place in the image are
    distortion that the lens model does not have.

    Args:
        fit: `CameraFit`.
    """
    figure, axes = _image_axes(fit)
    some = np.unique(
        np.linspace(0, len(fit.pixels) - 1, min(_MOST_ARROWS, len(fit.pixels))).astype(
            int
        )
    )
    errors = fit.errors[some]
    typical = max(1e-6, float(np.percentile(np.linalg.norm(errors, axis=1), 90)))
    factor = _ARROW_LENGTH * fit.camera.resolution[0] / typical
    axes.quiver(
        *fit.pixels[some].T,
        *(factor * errors).T,
        angles="xy",
        scale_units="xy",
        scale=1,
        width=0.0025,
        color="tab:blue",
    )
    axes.set_title(f"arrows magnified {factor:.0f} times", fontsize=8)
    axes.set_facecolor("0.97")
    return _limited(figure, axes, fit)


def layout_figure(result: BoardCalibration, side: str = "above") -> Figure:
    """Cameras and boards, in mm.

    Args:
        result: `BoardCalibration`.
        side: `"above"` (x and z) or `"the side"` (z and y).
    """
    figure = Figure(figsize=(5.6, 5.0), layout="constrained")
    axes = figure.subplots()
    across, up = (0, 2) if side == "above" else (2, 1)
    R, t = result.boards
    outlines = np.einsum("nij,kj->nki", R, result.board.outline) + t[:, None]
    for outline in outlines[:: max(1, len(outlines) // 40)]:
        closed = outline[[0, 1, 2, 3, 0]]
        axes.plot(closed[:, across], closed[:, up], color="0.8", linewidth=0.6)
    for camera in result.cameras:
        _plot_camera(axes, camera, across, up, outlines)
    axes.set(aspect="equal", xlabel=f"{'xyz'[across]} (mm)", ylabel=f"{'xyz'[up]} (mm)")
    axes.grid(alpha=0.3)
    axes.margins(0.12)
    if side != "above":
        axes.invert_yaxis()  # y points down
    return figure


def _plot_camera(axes, camera, across, up, outlines):
    centre = camera.center
    reach = 0.25 * np.linalg.norm(outlines.mean((0, 1)) - centre)
    width, height = camera.resolution
    rim = np.array([[0, 0], [width, 0], [width, height], [0, height], [0, 0]], float)
    corners = camera.unproject(rim, np.full(5, reach))
    for corner in corners[:4]:
        ends = np.stack([centre, corner])
        axes.plot(ends[:, across], ends[:, up], color="tab:red", linewidth=0.8)
    axes.plot(corners[:, across], corners[:, up], color="tab:red", linewidth=0.8)
    axes.annotate(
        camera.name,
        (centre[across], centre[up]),
        textcoords="offset points",
        xytext=(5, 5),
        fontsize=9,
    )


def _image_axes(fit):
    width, height = fit.camera.resolution
    side = _SIDE_INCHES / max(width, height)
    figure = Figure(
        figsize=(side * width + 0.8, side * height + 0.4), layout="constrained"
    )
    axes = figure.subplots()
    axes.set(xticks=[], yticks=[])
    return figure, axes


def _limited(figure, axes, fit):
    width, height = fit.camera.resolution
    axes.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5), aspect="equal")
    return figure


def _high(errors):
    return max(0.1, float(np.percentile(errors, 95)))
