"""Plots what the benchmark measured: training beside PyTorch, inference, ratios."""

from matplotlib.figure import Figure

_OURS, _PEERS = "tab:red", "tab:gray"


def save_plot(measured, path):
    """Writes a PNG of images per second in training and milliseconds of inference.

    Args:
        measured: dict as `speed.py` writes it; absent parts leave their panel empty.
        path: file to write.
    """
    figure = Figure(figsize=(13, 3.6), layout="constrained")
    panels = figure.subplots(1, 3)
    training = measured.get("training", {})
    for axes, case in zip(panels, ("train_128", "train_64")):
        values = training.get(case, {}).get("images_per_s", {})
        title = f"training, {case.removeprefix('train_')} px, images per second"
        _bars(axes, values, title)
    inference = {
        name: times["ms"]
        for name, times in measured.get("inference", {}).items()
        if isinstance(times, dict)
    }
    _bars(panels[2], inference, "one crop, ms (logarithmic)")
    if inference:
        panels[2].set_xscale("log")
    figure.savefig(path, dpi=110)


def _bars(axes, values, title):
    """Horizontal bars with their numbers, peers in grey."""
    values = {name: value for name, value in values.items() if value is not None}
    names = [name.replace("_", " ") for name in values]
    peers = [name.startswith(("torch", "mediapipe")) for name in values]
    colors = [_PEERS if peer else _OURS for peer in peers]
    bars = axes.barh(names, list(values.values()), color=colors)
    axes.bar_label(bars, fmt="%.3g", fontsize=8, padding=2)
    axes.invert_yaxis()
    axes.set_title(title, fontsize=10)
    axes.tick_params(labelsize=8)
    axes.margins(x=0.15)
