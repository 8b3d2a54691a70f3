"""Processes that begin with everything imported, to be killed or to abort alone.

They fork from a server that has only imported, so that none costs more than its own
work: importing TensorFlow takes longer than most of it.
"""

import multiprocessing
import os

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.entry_points", "tests.readers"])


def start(function, *args):
    """Starts a function in a process of its own, silently.

    Args:
        function: Of a module; its first arg is a connection to `send` to.
        *args: Further args, to be pickled.

    Returns:
        `(process, connection)` to receive from; it ends with `EOFError`.
    """
    receives, sends = CONTEXT.Pipe(duplex=False)
    process = CONTEXT.Process(target=_run, args=(function, sends, args))
    process.start()
    sends.close()
    return process, receives


def warm_up():
    """Returns when processes can begin at once."""
    process, _ = start(_nothing)
    process.join()


def _nothing(connection):
    connection.close()


def _run(function, connection, args):
    silence = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(silence, stream)
    function(connection, *args)
