"""Measures how large a fault of a rig must be for `hand-geo check` to find it.

    python examples/tools/rig_faults.py --out_dir=examples/results/reliability

See `hand_geo_keras.studies.rig_faults`. Writes rig_faults.json and rig_faults.png
in about ten minutes on two cores.
"""

from pathlib import Path

from absl import app, flags

from hand_geo_keras.io import write_json
from hand_geo_keras.studies.rig_faults import rig_fault_figure, rig_fault_rows
from hand_geo_keras.visualization.figure_grid import save_figure

FLAGS = flags.FLAGS
flags.DEFINE_string("out_dir", None, "Folder to write to.", required=True)
flags.DEFINE_integer("rigs", 3, "Rendered rigs per fault and size.")
flags.DEFINE_integer("frames", 180, "Frames of each rig.")


def main(_):
    folder = Path(FLAGS.out_dir)
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for row in rig_fault_rows(range(FLAGS.rigs), FLAGS.frames):
        rows.append(row)
        size = f"{row['size']:g} {row['unit']}".strip() if row["size"] else ""
        print(
            f"{row['fault']:<22} {size:<10} found {row['found']} of {row['tried']}, "
            f"others {row['others']}",
            flush=True,
        )
    write_json(folder / "rig_faults.json", rows)
    save_figure(rig_fault_figure(rows), folder / "rig_faults.png")


if __name__ == "__main__":
    app.run(main)
