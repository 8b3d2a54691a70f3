"""Renders in two processes, whose numbers it prints, until it is killed."""

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from hand_geo_keras.synthetic.parent_watch import end_with_parent


def work(_):
    time.sleep(0.5)
    return os.getpid()


if __name__ == "__main__":
    with ProcessPoolExecutor(2, None, end_with_parent, (os.getpid(),)) as pool:
        print(*set(pool.map(work, range(4))), flush=True)
        time.sleep(600)
        sys.exit()
