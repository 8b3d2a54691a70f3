"""Runs a study: whole experiments from data to table, figures and report.

    python examples/run_scenarios.py                      # nine minutes or more
    python examples/run_scenarios.py --profile=full --out_dir=runs/full

The same as `hand-geo scenarios`, whose --help tells the rest. Stop it at any time; the
same command resumes.
"""

import sys

from hand_geo_keras.cli import main

if __name__ == "__main__":
    sys.exit(main(["scenarios", *sys.argv[1:]]))
