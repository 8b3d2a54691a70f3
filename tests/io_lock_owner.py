"""Holds a folder's lock until it is killed; says when it has it."""

import sys
import time

from hand_geo_keras.io import locked

if __name__ == "__main__":
    with locked(sys.argv[1]):
        print("locked", flush=True)
        time.sleep(600)
