"""Measures a pose model on prepared, labelled crops.

Prints N-MPJPE (the paper's metric: best scale), MPJPE, PA-MPJPE (best scale, rotation
and translation; never compare it with the others) and the area under the PCK curve.
"""

import argparse

SUMMARY = "measure a pose model on labelled crops"
EXAMPLE = "hand-geo evaluate runs/my_rig/prepared --model=runs/my_rig --split=test"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "prepared", nargs="+", help="folders written by prepare or train"
    )
    parser.add_argument(
        "--model", required=True, help=".keras file, folder of a run, or preset"
    )
    parser.add_argument(
        "--split",
        choices=("all", "train", "validation", "test"),
        default="all",
        help="part of each recording, as train splits it; take test for a model that "
        "was trained on the same recording",
    )
    parser.add_argument("--report", help="JSON file to write the figures to")


def run(args: argparse.Namespace) -> None:
    import json

    from hand_geo_keras.evaluation.evaluate_poses import evaluate_poses
    from hand_geo_keras.io import write_text

    figures = evaluate_poses(args.model, args.prepared, args.split)
    print(f"{figures['views']} labelled views of {figures['instants']} instants")
    for name, unit in (("n_mpjpe", "mm"), ("mpjpe", "mm"), ("pa_mpjpe", "mm")):
        label = name.replace("_", "-").upper()
        print(f"{label:<10}{figures[name]:>8.2f} {unit}")
    print(f"{'PCK AUC':<10}{figures['pck_auc']:>8.3f}")
    if args.report:  # last, so that figures are seen where it cannot be written
        write_text(args.report, json.dumps(figures, indent=1))
