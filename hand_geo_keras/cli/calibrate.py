"""Calibrates cameras with videos of a board and writes a rig's calibration.json.

BOARD_DIR holds one video per camera (left.mp4, right.mp4, ...) or one folder of
numbered images per camera. Move the board slowly, near and far, tilted to all sides,
through all corners of the images, and where two cameras see it at once. By how many
frames the videos started apart is found from the board's motion. A report page is
written beside the calibration. Lenses are pinhole with k1, k2, p1, p2, k3; fisheye
lenses are not supported.
"""

import argparse

from hand_geo_keras.cli.board_arguments import add_board_arguments, board_of

SUMMARY = "calibrate cameras with videos of a board"
EXAMPLE = "hand-geo calibrate board --square_mm=25 --out=my_rig/calibration.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("board_dir", help="folder with a video of the board per camera")
    add_board_arguments(parser)
    parser.add_argument("--out", required=True, help="calibration.json to write, in mm")
    parser.add_argument(
        "--synchronised",
        action="store_true",
        help="frames of one number are of one instant: estimate no offsets",
    )
    parser.add_argument(
        "--offsets",
        choices=("write", "none"),
        default="write",
        help="whether frame offsets are written to the calibration; they hold for "
        "videos that were started like those of the board",
    )
    parser.add_argument(
        "--max_frames", type=int, default=6000, help="frames per camera to search"
    )


def run(args: argparse.Namespace) -> None:
    from pathlib import Path

    from hand_geo_keras.calibration import calibrate_board, write_calibration_report
    from hand_geo_keras.calibration.calibration_report import offset_note
    from hand_geo_keras.errors import CalibrationError
    from hand_geo_keras.recordings.calibration_files import write_rig_json

    target = Path(args.out)
    if target.suffix.lower() != ".json":
        raise CalibrationError(
            f"{target}: a rig's calibration is written as .json; `hand-geo convert` "
            "makes TOML or OpenCV's YAML of it."
        )
    if args.max_frames < 1:
        raise CalibrationError(
            f"--max_frames must be at least 1. Received: {args.max_frames}"
        )
    result = calibrate_board(
        args.board_dir, board_of(args), args.synchronised, args.max_frames
    )
    written = args.offsets == "write"
    offsets = result.offsets if written else None
    write_rig_json(target, result.cameras, fps=result.fps, offsets=offsets)
    report = target.with_name("calibration_report.html")
    write_calibration_report(report, result, written)
    print(result.text())
    if len(result.fits) > 1 and result.remainders is not None:
        print(offset_note(result, written))
    if (target.parent / "hands3d.json").is_file():
        print(
            f"NOTE: {target.parent / 'hands3d.json'} was made with an earlier "
            "calibration; make it anew."
        )
    print(
        f"{target}: {len(result.fits)} cameras, {result.rms_px:.2f} px RMS, lengths in "
        f"mm; {report}: check the distances there with a ruler"
    )
