"""`python -m hand_geo_keras.cli` does what `hand-geo` does."""

import sys

from hand_geo_keras.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
