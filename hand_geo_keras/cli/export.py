"""Exports a trained model for TensorFlow Serving.

Writes the next version below the base folder, a SavedModel with named signatures
that loads without this package.
"""

SUMMARY = "export a model for TensorFlow Serving"
EXAMPLE = "hand-geo export --model=runs/my_rig --out_dir=served/hand_geo"


def add_arguments(parser):
    parser.add_argument(
        "--model", required=True, help=".keras file, folder of a run, or preset"
    )
    parser.add_argument("--out_dir", required=True, help="folder of the versions")
    parser.add_argument(
        "--view_synthesizer", help=".keras file that answers encode and synthesize"
    )
    parser.add_argument("--version", type=int, help="the next one if not given")


def run(args):
    from hand_geo_keras.models.model_files import load_model_file
    from hand_geo_keras.prediction.pose_model import load_pose_model
    from hand_geo_keras.serving.export import export

    model = load_pose_model(args.model)
    synthesizer = args.view_synthesizer and load_model_file(args.view_synthesizer)
    path = export(
        model, args.out_dir, view_synthesizer=synthesizer, version=args.version
    )
    print(f"wrote {path}")
