"""Exports a trained model: for TensorFlow Serving, for phones, or for ONNX runtimes.

saved_model writes the next version below the base folder, a SavedModel with named
signatures that loads without this package. tflite writes one file with the same
signatures but predict_bytes; onnx one file per function (--signature; extra onnx). Both
print how far the file's answers are from the Keras model's. A preset or run that can
decode views answers encode and synthesize as well.
"""

import argparse

SUMMARY = "export a model: saved_model, tflite or onnx"
EXAMPLE = "hand-geo export --model=runs/my_rig --out_dir=served/hand_geo"
FORMATS = ("saved_model", "tflite", "onnx")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model", required=True, help=".keras file, folder of a run, or preset"
    )
    parser.add_argument(
        "--out_dir", required=True, help="folder of the versions, or of the file"
    )
    parser.add_argument(
        "--format", choices=FORMATS, default=FORMATS[0], help="(default: saved_model)"
    )
    parser.add_argument(
        "--view_synthesizer",
        help=".keras file that answers encode and synthesize, if not that of the run "
        "or preset",
    )
    parser.add_argument(
        "--version", type=int, help="of a saved_model; the next one if not given"
    )
    parser.add_argument(
        "--signature", help="of an onnx file (default: serving_default)"
    )
    parser.add_argument(
        "--quantize",
        action="store_true",
        default=None,
        help="8 bits for the weights of a tflite file: a third of the size, up to "
        "three times as fast; what it differs by is printed for images of noise",
    )


def run(args: argparse.Namespace) -> None:
    from pathlib import Path

    from hand_geo_keras.errors import HandGeoError
    from hand_geo_keras.models.model_files import load_model_file
    from hand_geo_keras.prediction.pose_model import (
        load_pose_model,
        load_view_synthesizer,
    )
    from hand_geo_keras.serving import export, export_onnx, export_tflite

    _check(args)
    model = load_pose_model(args.model)
    if args.view_synthesizer:
        synthesizer = load_model_file(args.view_synthesizer)
    else:
        synthesizer = load_view_synthesizer(args.model, model)
    if args.format == "saved_model":
        path = export(
            model, args.out_dir, view_synthesizer=synthesizer, version=args.version
        )
        print(f"wrote {path}")
        return
    signature = args.signature or "serving_default"
    path = Path(args.out_dir) / _file_name(args.format, signature)
    if args.format == "tflite":
        differences = export_tflite(model, path, synthesizer, bool(args.quantize))
    else:
        try:
            found = export_onnx(model, path, signature, synthesizer)
        except ImportError as reason:
            raise HandGeoError(str(reason)) from reason
        differences = {signature: found}
    for name, outputs in differences.items():
        for output, largest in outputs.items():
            print(f"{name} {output}: differs from Keras by {largest:.2g} at most")
    print(f"wrote {path}")


def _file_name(kind, signature):
    part = "" if signature == "serving_default" else f"_{signature}"
    return f"hand_geo{part}.{kind}"


def _check(args):
    of_format = {"version": "saved_model", "signature": "onnx", "quantize": "tflite"}
    for name, kind in of_format.items():
        if getattr(args, name) is not None and args.format != kind:
            raise ValueError(
                f"--{name} belongs to --format={kind}; leave it out. "
                f"Received: --format={args.format}"
            )
