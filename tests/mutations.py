"""Mutated files for readers: any bytes must give a value or a typed error."""

import re

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
    *(b"", b"\xef\xbb\xbf", b"Infinity", b"true", b'"x"', b"[", b"]", b"{", b"}"),
    *(b",", b";", b"\n", b"\r", b'"', b":", b"- ", b"!!", b"&a ", b"*a", b"<", b"&x;"),
)
# A word, number or quoted text, and what keeps a file of text well-formed in its place.
_WORD = re.compile(rb'"[^"\n]{0,200}"|[\w.+-]+')
_OTHER_WORDS = (
    *(b"0", b"-1", b"1", b"1.5", b"1e300", b"-1e-300", b"99999999999", b"9" * 400),
    *(b"null", b"true", b"NaN", b"[]", b"{}", b'""', b'"x"', b"[[1, 2], [3]]"),
    *(b'{"a": 1}', b'"' + b"y" * 300 + b'"', b"2147483648", b"1e-9", b'"\\u0000"'),
)


def mutated(content, rng):
    """A file's bytes with one to four cuts, flips, repetitions or odd tokens.

    Half of the files have whole words exchanged instead, so that many of text stay
    well-formed and only what they say is odd.

    Args:
        content: bytes.
        rng: `np.random.Generator`.

    Returns:
        bytes.
    """
    if rng.integers(2):
        return _with_other_words(content, rng)
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


def _with_other_words(content, rng):
    """One or two words replaced by odd ones, or by words of the same file."""
    for _ in range(rng.integers(1, 3)):
        words = list(_WORD.finditer(content))
        if not words:
            return content[: len(content) // 2]
        word = words[rng.integers(len(words))]
        other = _OTHER_WORDS[rng.integers(len(_OTHER_WORDS))]
        if rng.integers(4) == 0:
            other = words[rng.integers(len(words))][0]
        content = content[: word.start()] + other + content[word.end() :]
    return content
