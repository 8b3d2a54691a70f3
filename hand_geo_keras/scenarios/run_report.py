"""The one page in which a training on a recording ends."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np

from hand_geo_keras.datasets.split import Part
from hand_geo_keras.evaluation.pose_errors import n_mpjpe_of_each
from hand_geo_keras.evaluation.pose_groups import ImageGroup
from hand_geo_keras.scenarios.figures import different_instants
from hand_geo_keras.scenarios.report import versions
from hand_geo_keras.scenarios.report_text import what_was_learned
from hand_geo_keras.scenarios.run_advice import what_would_help
from hand_geo_keras.visualization.html_page import (
    html_columns,
    html_image,
    html_list,
    html_page,
    html_section,
    html_table,
)
from hand_geo_keras.visualization.pose_overlay import pose_overlay

_WORST = 6  # images
_SIDE = 320  # pixels of an image on the page
_LEGEND = (
    '<p class="soft">The predicted skeleton is in colour, the labelled one in white; '
    "both are put at the labelled wrist and have one size.</p>"
)
_METRICS_NOTE = (
    '<p class="soft">In mm, on the last part of the recording, on which nothing was '
    "trained or chosen. N-MPJPE takes out the scale; PA-MPJPE also takes out the "
    "rotation, so never compare the two with each other. Best of each column in "
    "bold.</p>"
)
_GROUP_NOTE = (
    '<p class="soft">Annotated: how many of the annotated images are like these; '
    "training: how many labelled images of the training part. Below, one image of each "
    "kind with a usual error, and its own error.</p>"
)


def run_report_page(
    metrics: dict[Any, Any],
    part: Part,
    poses: np.ndarray,
    groups: tuple[list[ImageGroup], list[ImageGroup]],
    panel: Path | None = None,
) -> str:
    """The page as HTML text, images inside.

    Args:
        metrics: What `train_recording` writes to `metrics.json`.
        part: `Part` that was measured.
        poses: `[K, 21, 3]` poses in mm predicted for its views by the run's model.
        groups: Its images by pose and by camera, see `group_by_pose` and
            `group_by_camera`.
        panel: PNG of decoded views, or None.

    Returns:
        str.
    """
    by_pose, by_camera = groups
    errors = n_mpjpe_of_each(part.poses, poses, part.valid)
    worst = _worst(part, poses, errors)
    parts = [
        html_list(_learned(metrics)),
        html_section("Errors beside baselines", html_table(*_errors(metrics))),
        _METRICS_NOTE,
        html_section("What would help most", html_list(what_would_help(*groups))),
        html_section("Kinds of poses", html_table(*_group_table("pose", by_pose))),
        _GROUP_NOTE,
        html_columns(_examples(part, poses, by_pose, errors), "tiles"),
        html_section("Cameras", html_table(*_group_table("camera", by_camera))),
        html_section("Worst images", html_columns(worst, "tiles")),
        _LEGEND,
        html_section("Fingers", html_table(*_fingers(metrics))),
        _views(metrics, panel),
        html_section("What was dropped", _dropped(metrics["preparation"])),
        "<h2>How this was made</h2>",
        html_table(["entry", "value"], [*_made(metrics), *versions()], "plain"),
    ]
    title = f"Trained on {metrics['preparation']['recording']}"
    return html_page(title, filter(None, parts))


def _learned(metrics):
    """Sentences about the run's model, the first method."""
    name = metrics["model"]
    n, pa = metrics["n_mpjpe_mm"], metrics["pa_mpjpe_mm"]
    test = {"n_mpjpe_mm": n[name], "pa_mpjpe_mm": pa[name]}
    run = {"configuration": name, "annotations": metrics["labels"], "test": test}
    baselines = n.get("mean_pose"), pa.get("constant_articulation")
    lines = what_was_learned(run, *baselines, what="The run's model")
    return [*lines, _before_and_after(metrics)]


def _before_and_after(metrics):
    before = metrics["before"]
    n, pa = metrics["n_mpjpe_mm"], metrics["pa_mpjpe_mm"]
    line = (
        f"Before and after: {before} as it was before has {n[before]:.1f} mm N-MPJPE "
        f"and {pa[before]:.1f} mm PA-MPJPE on the same images{metrics['before_note']}."
    )
    return f"{line} {verdict(metrics)}"


def verdict(metrics: dict[str, Any]) -> str:
    """Whether the run's model is better than the shipped one; if not, what to do."""
    before, after = metrics["before"], metrics["model"]
    errors = metrics["n_mpjpe_mm"]
    gain = round(errors[before] - errors[after], 1)  # as it is printed
    if not gain:
        line = f"The run's model is as good as {before}."
    else:
        word = "better" if gain > 0 else "worse"
        line = f"The run's model is {abs(gain):.1f} mm {word} than {before}."
    if gain > 0:
        return line
    if after == "tuned_joints":
        return f"{line} Label more frames, of other poses, or predict with {before}."
    return (
        f"{line} Train hand_128 further instead (--methods tuned_joints "
        f"--start=hand_128), or predict with {before} as it is."
    )


def _errors(metrics):
    columns = ("n_mpjpe_mm", "pa_mpjpe_mm", "mpjpe_mm", "pck_auc")
    names = list(dict.fromkeys(n for c in columns for n in metrics[c]))
    best = {
        column: (max if column == "pck_auc" else min)(metrics[column].values())
        for column in columns
    }

    def cell(column, name):
        value = metrics[column].get(name)
        if value is None:
            return "–"
        text = f"{value:.2f}"
        return f"**{text}**" if value == best[column] else text

    rows = [
        [_title(name, metrics), *(cell(column, name) for column in columns)]
        for name in names
    ]
    return ["", "N-MPJPE", "PA-MPJPE", "MPJPE", "area under PCK"], rows


def _title(name, metrics):
    if name == metrics["before"]:
        return f"before: {name}"
    plain = name.replace("_", " ")
    return f"after: {plain}" if name == metrics["model"] else plain


def _group_table(what, groups):
    header = [what, "held-out", "N-MPJPE", "PA-MPJPE", "annotated", "training"]
    rows = [
        [
            group.name,
            group.images,
            f"{group.n_mpjpe_mm:.1f}",
            f"{group.pa_mpjpe_mm:.1f}",
            group.annotated,
            group.trained,
        ]
        for group in groups
    ]
    return header, rows


def _examples(part, poses, groups, errors):
    return [
        _image(
            part, poses, group.example, group.name, f"{errors[group.example]:.1f} mm"
        )
        for group in groups
    ]


def _worst(part, poses, errors):
    chosen = different_instants(part, np.argsort(-errors))[:_WORST]
    return [
        _image(part, poses, k, _place(part, k), f"{errors[k]:.1f} mm") for k in chosen
    ]


def _place(part, position):
    view = part.views[position]
    frame = part.pool.frames[part.pool.instant_of_view[view]]
    return f"frame {frame}, {part.pool.cameras[view]}"


def _image(part, poses, position, title, error):
    view = part.views[position]
    overlay = pose_overlay(part.pool, view, poses[position], same_size=True)
    small = cv2.resize(overlay, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    _, data = cv2.imencode(".png", small[..., ::-1])
    caption = f"{title}: {error}"
    return html_image("", data.tobytes(), level=3, caption=caption)


def _fingers(metrics):
    errors = metrics["per_finger_n_mpjpe_mm"]
    names = list(next(iter(errors.values())))
    rows = [
        [_title(who, metrics), *(f"{of_who[name]:.1f}" for name in names)]
        for who, of_who in errors.items()
    ]
    return ["N-MPJPE", *(name.replace("_", " ") for name in names)], rows


def _views(metrics, panel):
    if panel is None:
        return ""
    views = metrics["view_synthesis"]
    caption = (
        f"Held-out frames: what the model sees, the other camera's image, and what it "
        f"decodes of it without having seen it: {views['psnr_hand_db']:.1f} dB PSNR on "
        f"the hand, {max(views['baselines'].values()):.1f} dB for the best baseline. "
        "That needs no label."
    )
    png = panel.read_bytes()
    return html_image("Novel views", png, caption=caption, least_width=900)


def _dropped(report):
    rows = [
        [f"{kind}: {reason}", count]
        for kind in ("dropped", "problems")
        for reason, count in sorted(report.get(kind, {}).items())
    ]
    if not rows:
        return "<p>Nothing.</p>"
    return html_table(["reason", "hands or images"], rows, "plain")


def _made(metrics):
    report, seconds = metrics["preparation"], metrics["seconds"]
    rows = [["command", metrics["command"]]] if metrics["command"] else []
    rows += [
        ["recording", f"{report['instants']} instants, {report['views']} views"],
        ["annotated images", metrics["labels"]],
        ["image features", metrics["features"] or "none needed"],
    ]
    for part, (first, last, count) in metrics["frames"].items():
        rows.append([f"{part} part", f"{count} instants, frames {first} to {last}"])
    rows += [[f"seconds, {name}", value] for name, value in seconds.items()]
    return rows
