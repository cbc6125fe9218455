"""Wrong answers that behave alike: one short name for all that give the same values."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from grader.judge.observe import Observed
from grader.kernel.inside import codec
from grader.model import Raised

DIGITS = 6
"""Significant digits that count: another order of summation is no other behaviour."""
MAX_ENTRIES = 20_000
"""Numbers, texts and containers of one answer that are looked at. An answer may be as
large as a message; two that agree so far behave alike for everybody who reads the name."""
MAX_CHARACTERS = 1000
"""Of one text; its length counts besides."""


def behaviour(observed: Observed) -> str:
    """Return a digest of what an answer gave on the generic cases.

    Equal for two answers to one exercise whose values agree to `DIGITS` digits; an
    exception counts by its kind.
    """
    seen = _Seen()
    for i in observed.positions("generic"):
        outcome = observed.outcomes[i]
        if isinstance(outcome, Raised):
            seen.say("raised", outcome.kind)
        else:
            seen.add(observed.parts[i])
    return seen.digest.hexdigest()


class _Seen:
    """A digest of values with their numbers cut to a few digits, their form kept."""

    def __init__(self) -> None:
        self.digest = hashlib.blake2b(digest_size=6)
        self._left = MAX_ENTRIES

    def say(self, *words: object) -> None:
        """Take in a few words; each has an end, so that no two sequences look the same."""
        self.digest.update(repr(words).encode("utf-8", "replace"))

    def add(self, value: Any) -> None:
        """Take in a value as far as there is room for its entries."""
        if self._left <= 0:
            return
        self._left -= 1
        if isinstance(value, codec.Tensor):
            value = value.array
        if isinstance(value, dict):
            self.say("dict", len(value))
            self._all(part for item in value.items() for part in item)
        elif isinstance(value, (list, tuple)):
            self.say("list", len(value))
            self._all(value)
        elif isinstance(value, str):
            self.say(len(value), value[:MAX_CHARACTERS])
        elif isinstance(value, int) and value.bit_length() > 64:
            self.say("int", value.bit_length(), value >> (value.bit_length() - 20))
        elif isinstance(value, (int, float, complex, np.ndarray, np.number)):
            self._numbers(np.asarray(value))
        else:
            self.say(type(value))

    def _all(self, values: Any) -> None:
        for value in values:
            self.add(value)

    def _numbers(self, numbers: np.ndarray) -> None:
        self.say("numbers", numbers.shape)
        some = numbers.ravel()[: self._left]
        self._left -= some.size
        if some.dtype.kind in "fiu":
            some = np.vectorize(f"{{:.{DIGITS - 1}e}}".format, otypes=[str])(some)
        self.say(some.tolist())
