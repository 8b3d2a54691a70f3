r"""Downloads sequences of the CMU Panoptic dataset: HD videos, calibration, hands.

    python -m hand_geo_keras.recordings.download_panoptic --accept_license \\
        --sequences=171026_pose3,171204_pose2,171026_pose2 --out_dir=panoptic

Interrupt it at will: the same command resumes where it stopped. `--dry_run` shows
how much would be downloaded.
"""

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hand_geo_keras.errors import HandGeoError, RecordingError
from hand_geo_keras.http_file import HttpClient
from hand_geo_keras.io import make_folder
from hand_geo_keras.recordings.panoptic_files import (
    ENDPOINT,
    NUM_HD_CAMERAS,
    PAPER_SPLITS,
    download,
    files_of,
    look_up,
    read_checksums,
)

LICENSE = """\
The CMU Panoptic dataset is freely available for non-commercial and research purposes
only. You may not pass it on, and you are asked to cite Joo et al., "Panoptic Studio:
A Massively Multiview System for Social Interaction Capture" (TPAMI 2017), and for the
hands Simon et al., "Hand Keypoint Detection in Single Images using Multiview
Bootstrapping" (CVPR 2017). The terms are shown at the dataset's home page."""


def describe(files: Any, found: Any, out_dir: str | Path) -> tuple[str, int]:
    """Text about what is going to be downloaded."""
    sizes = [remote.size or 0 for remote in found.values()]
    there = sum(
        remote.size or 0
        for file, remote in found.items()
        if (out_dir / file.path).exists()
    )
    lacking = [file.path for file in files if file not in found]
    unknown = sum(remote.size is None for remote in found.values())
    lines = [f"{len(found)} files, {_gigabytes(sum(sizes))}, of which "]
    lines[0] += f"{_gigabytes(there)} are in {out_dir} already."
    if unknown:
        lines.append(f"The server does not tell the size of {unknown} more.")
    if lacking:
        lines.append(f"Not on the server (failed cameras): {', '.join(lacking)}.")
    return "\n".join(lines), sum(sizes) - there


def main(arguments: Sequence[str] | None = None, client: Any = None) -> Any:
    """Runs the command; returns its exit code."""
    args = _parser().parse_args(arguments)
    print(LICENSE)
    if not (args.accept_license or args.dry_run):
        print("Nothing was downloaded: pass --accept_license if you agree.")
        return 2
    client = client or HttpClient(args.pause)
    files = [
        file
        for sequence in args.sequences
        for file in files_of(sequence, args.cameras, args.endpoint)
    ]
    try:
        checksums = read_checksums(args.checksums) if args.checksums else {}
        found = look_up(files, client)
        text, missing_bytes = describe(files, found, args.out_dir)
        print(text)
        if args.dry_run:
            return 0
        make_folder(args.out_dir)
        _check_space(args.out_dir, missing_bytes)
    except HandGeoError as reason:
        print(f"Stopped: {reason}", file=sys.stderr)
        return 1
    counts, failures = download(found, args.out_dir, client, checksums)
    print(f"{dict(counts)}, {len(failures)} failed")
    for reason in failures:
        print(f"Failed: {reason}", file=sys.stderr)
    return 1 if failures else 0


def _check_space(out_dir, needed):
    free = shutil.disk_usage(out_dir).free
    if free < needed:
        raise RecordingError(
            f"{out_dir}: {_gigabytes(needed)} are needed but only {_gigabytes(free)} "
            "are free; choose another --out_dir or fewer --cameras."
        )


def _gigabytes(size):
    return f"{size / 1e9:.2f} GB"


def _camera_numbers(text):
    numbers = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        numbers += range(int(first), int(last or first) + 1)
    if not all(0 <= number < NUM_HD_CAMERAS for number in numbers):
        raise argparse.ArgumentTypeError(f"HD cameras are 0..{NUM_HD_CAMERAS - 1}")
    return sorted(set(numbers))


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m hand_geo_keras.recordings.download_panoptic",
        description=__doc__.partition("\n")[0],
    )
    add = parser.add_argument
    add(
        "--sequences",
        type=lambda text: text.split(","),
        default=sum(PAPER_SPLITS.values(), ()),
    )
    add("--out_dir", type=Path, required=True, help="gets a folder per sequence")
    add(
        "--cameras",
        type=_camera_numbers,
        default=range(NUM_HD_CAMERAS),
        help="numbers of HD cameras, such as 0-30 or 0,3,5-9",
    )
    add("--accept_license", action="store_true")
    add("--dry_run", action="store_true", help="only tell what would be downloaded")
    add("--pause", type=float, default=1.0, help="seconds between two requests")
    add("--checksums", type=Path, help="file of known SHA-256 (see read_checksums)")
    add("--endpoint", default=ENDPOINT, help="another server with the same layout")
    return parser


if __name__ == "__main__":
    sys.exit(main())
