"""Pictures of predicted poses: one row per method, one column per frame."""

from matplotlib.figure import Figure

from hand_geo_keras.viewer.panel import save_figure

_SIDE = 1.55  # inches of each picture


def save_pose_grid(path, rows, columns, title):
    """Draws a grid of pictures and writes it as a PNG.

    Args:
        path: PNG file to write.
        rows: List of `(name, pictures, captions)`: text at the left, a list of
            `[H, W, 3]` uint8 pictures and of texts below them.
        columns: Texts above the columns.
        title: Text above the picture.
    """
    size = (_SIDE * len(columns) + 1.1, (_SIDE + 0.2) * len(rows) + 0.6)
    figure = Figure(figsize=size)
    grid = figure.subplots(len(rows), len(columns), squeeze=False)
    for axes, text in zip(grid[0], columns):
        axes.set_title(text, fontsize=8)
    for (name, pictures, captions), cells in zip(rows, grid):
        for axes, picture, caption in zip(cells, pictures, captions):
            axes.imshow(picture)
            axes.set(xticks=[], yticks=[])
            axes.set_xlabel(caption, fontsize=8, labelpad=2)
        cells[0].set_ylabel(name, fontsize=8)
    figure.suptitle(title, fontsize=10)
    figure.tight_layout(rect=(0, 0, 1, 0.995), h_pad=0.4, w_pad=0.3)
    save_figure(figure, path, dpi=90)
