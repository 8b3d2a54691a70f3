"""Mutated files for readers: any bytes must give a value or a typed error."""

import numpy as np

_TOKENS = (
    b"9" * 400,
    b"-1",
    b"1e999",
    b"NaN",
    b"null",
    b"[]",
    b"{}",
    b'""',
    b"[" * 2000,
    b"\xff\xfe\x00",
    b"99999999999",
    b'"../../x"',
    b"\x00" * 64,
)


def mutated(content, rng):
    """A file's bytes with one to four cuts, flips, repetitions or odd tokens.

    Args:
        content: bytes.
        rng: `np.random.Generator`.

    Returns:
        bytes.
    """
    for _ in range(rng.integers(1, 5)):
        first, last = np.sort(rng.integers(0, len(content) + 1, 2))
        last = min(last, first + 64)
        part = content[first:last]
        kind = rng.integers(5)
        if kind == 0:  # cut off
            content = content[:first]
        elif kind == 1:  # left out
            content = content[:first] + content[last:]
        elif kind == 2:  # repeated
            content = content[:last] + part + content[last:]
        elif kind == 3:  # something odd instead
            token = _TOKENS[rng.integers(len(_TOKENS))]
            content = content[:first] + token + content[last:]
        elif part:  # a bit flipped
            flipped = bytearray(part)
            flipped[rng.integers(len(flipped))] ^= 1 << rng.integers(8)
            content = content[:first] + bytes(flipped) + content[last:]
    return content
