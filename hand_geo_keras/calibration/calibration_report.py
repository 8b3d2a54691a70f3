"""A page on which a calibration can be judged."""

import html
from pathlib import Path
from typing import Any

import numpy as np

from hand_geo_keras.calibration.board_calibration import BoardCalibration
from hand_geo_keras.calibration.report_figures import (
    coverage_figure,
    layout_figure,
    residual_figure,
)
from hand_geo_keras.io import write_text
from hand_geo_keras.visualization.html_page import (
    figure_png,
    html_columns,
    html_image,
    html_page,
    html_table,
)


def write_calibration_report(
    path: str | Path, result: BoardCalibration, offsets_written: bool = True
) -> None:
    """Writes one self-contained HTML file about a calibration.

    It has the reprojection error, coverage and residuals of each camera, distances to
    check with a ruler, frame offsets, and what was dropped.

    Args:
        path: File to write.
        result: `BoardCalibration`.
        offsets_written: Whether the frame offsets stand in the calibration.

    Raises:
        StorageError: If the file cannot be written.
    """
    names = ", ".join(camera.name for camera in result.cameras)
    parts = [
        f"<p>{html.escape(names)}; {html.escape(result.board.description)}; "
        f"reprojection error {result.rms_px:.2f} px RMS. Lengths are in mm.</p>",
        *(f'<p class="warning">{html.escape(text)}</p>' for text in result.warnings),
        "<h2>Check with a ruler</h2>",
        *_ruler(result),
        "<h2>Cameras</h2>",
        html_table(*_cameras(result)),
        "<p>± is the standard error of the estimate. Half a pixel RMS and half of the "
        "image covered are good for webcams.</p>",
        *_time(result, offsets_written),
        "<h2>Dropped</h2>",
        _dropped(result),
        "<h2>Positions</h2>",
        html_columns(
            html_image(f"from {side}", figure_png(layout_figure(result, side)), 3)
            for side in ("above", "the side")
        ),
        "<h2>Coverage and residuals</h2>",
        "<p>First the corners calibrated with, then arrows from where they were seen "
        "to where they are projected; arrows without a common pattern are noise.</p>",
        *(_images(fit) for fit in result.fits),
        "<h2>Lenses</h2>",
        html_table(*_lenses(result)),
    ]
    write_text(path, html_page("Calibration", parts))


def _ruler(result):
    width, height = result.board.size_mm
    rows = [
        [f"{a} to {b}, from lens to lens", f"{distance:.1f} mm"]
        for (a, b), distance in result.distances_mm.items()
    ]
    rows += [
        ["the board's squares, from left to right", f"{width:.1f} mm"],
        ["the board's squares, from top to bottom", f"{height:.1f} mm"],
    ]
    return (
        html_table(["distance", "calibrated"], rows),
        "<p>If the board's squares measure otherwise on paper, all lengths are wrong "
        "by the same factor: calibrate again with the measured "
        "<code>--square_mm</code>.</p>",
    )


def _cameras(result):
    header = [
        *("camera", "RMS (px)", "median (px)", "views used", "frames with board"),
        *("covered", "focal length (px)", "field of view", "position ± (mm)"),
    ]
    rows = [
        [
            fit.camera.name,
            f"{fit.rms_px:.2f}",
            f"{fit.median_px:.2f}",
            fit.num_used,
            f"{fit.num_seen} of {fit.num_frames}",
            f"{fit.coverage:.0%}",
            f"{fit.camera.K[0, 0]:.1f} ± {fit.lens_std[0]:.1f}",
            f"{fit.field_of_view:.0f}°",
            f"{fit.center_std:.2f}" if fit.center_std else "origin",
        ]
        for fit in result.fits
    ]
    return header, rows


def _lenses(result):
    header = ["camera", "size", "fx", "fy", "cx", "cy", "k1", "k2", "p1", "p2", "k3"]
    rows = []
    for fit in result.fits:
        K = fit.camera.K
        values = [K[0, 0], K[1, 1], K[0, 2], K[1, 2]]
        size = " x ".join(map(str, fit.camera.resolution))
        pinhole = [f"{v:.1f} ± {s:.1f}" for v, s in zip(values, fit.lens_std[:4])]
        bent = [
            f"{v:.4f} ± {s:.4f}"
            for v, s in zip(fit.camera.distortion, fit.lens_std[4:])
        ]
        rows.append([fit.camera.name, size, *pinhole, *bent])
    return header, rows


def _time(result, written):
    if len(result.fits) < 2:
        return
    yield "<h2>Time</h2>"
    if result.remainders is None:
        yield "<p>The videos were said to be synchronised.</p>"
        return
    yield html_table(
        ["camera", "frame offset", "remainder (frames)"],
        [
            [name, offset, f"{result.remainders[name]:+.2f}"]
            for name, offset in result.offsets.items()
        ],
    )
    yield "<p>" + html.escape(offset_note(result, written)) + "</p>"


def offset_note(result: BoardCalibration, written: Any) -> str:
    """A sentence on what the frame offsets mean for the recording of hands.

    Args:
        result: `BoardCalibration`.
        written: Whether the offsets stand in the calibration.
    """
    if not any(result.offsets.values()):
        return "The board's videos started together: all frame offsets are 0."
    listed = " ".join(f"{name}={n}" for name, n in result.offsets.items())
    if written:
        return (
            f"The board's videos did not start together; their offsets ({listed}) "
            "stand in the calibration as 'frame_offset' and hold for videos of the "
            "same take only: for others, run again with --offsets=none, or put theirs "
            "there."
        )
    return (
        f"The board's videos did not start together ({listed}); these offsets were not "
        "written, so the videos of hands must start together: otherwise set "
        "'frame_offset' in the calibration."
    )


def _dropped(result):
    if not result.dropped:
        return "<p>Nothing.</p>"
    rows = [[name, reason, n] for (name, reason), n in result.dropped.items()]
    return html_table(["camera", "what", "count"], rows)


def _images(fit):
    name = fit.camera.name
    worst = float(np.percentile(np.linalg.norm(fit.errors, axis=1), 99))
    images = (
        html_image(
            f"{name}: {fit.coverage:.0%} covered", figure_png(coverage_figure(fit)), 3
        ),
        html_image(
            f"{name}: 99 % of corners within {worst:.2f} px",
            figure_png(residual_figure(fit)),
            3,
        ),
    )
    return html_columns(images)
