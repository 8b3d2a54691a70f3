"""Measures how the pose error falls with the number of fused views.

    python examples/measure_fused_views.py --preset=my_hands \\
        --dome=runs/full/data/synthetic_full_64 --out_dir=runs/fused_views

Takes a trained model and a prepared dataset (as run_scenarios.py leaves it in its
--data_dir), predicts every test view by itself, fuses random subsets of the views of
each instant, and writes fused_views.csv, fused_views.md and fused_views.png.
"""

from pathlib import Path

from absl import app, flags

from hand_geo_keras.errors import HandGeoError
from hand_geo_keras.models import PoseEstimator, ViewSynthesizer
from hand_geo_keras.scenarios.fused_views import measure_fused_views
from hand_geo_keras.scenarios.fused_views_outputs import write_fused_views
from hand_geo_keras.scenarios.grid_dataset import load_dataset

FLAGS = flags.FLAGS
flags.DEFINE_string(
    "preset",
    None,
    "Folder or name of the trained model, with encoder, decoder and pose head.",
    required=True,
)
flags.DEFINE_string("dome", None, "Folder of a prepared dataset.", required=True)
flags.DEFINE_string("out_dir", "runs/fused_views", "Folder to write to.")
flags.DEFINE_list("views", ["1", "2", "4", "8"], "Numbers of views to fuse.")
flags.DEFINE_integer(
    "subsets", 12, "Random subsets per instant and number of views.", lower_bound=1
)
flags.DEFINE_integer("seed", 0, "Seed of the subsets.")


def main(_):
    try:
        model = PoseEstimator.from_preset(FLAGS.preset)
        views = ViewSynthesizer.from_preset(FLAGS.preset).get_config()
        data = load_dataset(FLAGS.dome)
        rows = measure_fused_views(
            model,
            data,
            [int(count) for count in FLAGS.views],
            FLAGS.subsets,
            FLAGS.seed,
            views.get("points_in_crop", False),
        )
    except HandGeoError as error:
        raise SystemExit(f"error: {error}") from error
    print(write_fused_views(FLAGS.out_dir, rows, data.name, Path(FLAGS.preset).name))
    print(f"Wrote {FLAGS.out_dir}/fused_views.csv, fused_views.md, fused_views.png")


if __name__ == "__main__":
    app.run(main)
