"""Timing several ways of doing one thing against each other."""

import resource
import time

import numpy as np


def alternate(functions, repeats):
    """Times functions in turn, so that a busy machine hits all of them alike.

    Args:
        functions: dict from name to a function without arguments.
        repeats: rounds after the first, which warms everything up and does not count.

    Returns:
        dict from name to `{"ms": ..., "cpu_ms": ...}`: medians by the clock and of
        processor time.
    """
    seconds = {name: [] for name in functions}
    for round_number in range(repeats + 1):
        for name, function in functions.items():
            start = time.perf_counter(), time.process_time()
            function()
            spent = time.perf_counter() - start[0], time.process_time() - start[1]
            if round_number:
                seconds[name].append(spent)
    medians = {name: 1e3 * np.median(pairs, axis=0) for name, pairs in seconds.items()}
    return {
        name: {"ms": round(float(wall), 3), "cpu_ms": round(float(cpu), 3)}
        for name, (wall, cpu) in medians.items()
    }


def ratio(times, slow, fast):
    """How many times as long `slow` takes as `fast`; None where either is absent."""
    if any(not isinstance(times.get(name), dict) for name in (slow, fast)):
        return None
    return round(times[slow]["ms"] / times[fast]["ms"], 3)


def exponent(sizes, milliseconds):
    """k of the power law `milliseconds ~ sizes ** k`, fitted to logarithms."""
    return round(float(np.polyfit(np.log(sizes), np.log(milliseconds), 1)[0]), 3)


def peak_memory_mb():
    """Most memory that this process has held, in MB (Linux counts in kB)."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3, 1)
