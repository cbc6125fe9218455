"""Wrong answers that behave alike: one short name for all that give the same values."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from grader import wire
from grader.check.views import Observed
from grader.model import Raised

DIGITS = 6
"""Significant digits that count: another order of summation is no other behaviour."""


def behaviour(observed: Observed) -> str:
    """Return a digest of what an answer gave on the generic cases.

    Equal for two answers to one exercise whose values agree to `DIGITS` digits; an
    exception counts by its kind.
    """
    seen: list[Any] = []
    for i in observed.positions("generic"):
        outcome, parts = observed.outcomes[i], observed.parts[i]
        if isinstance(outcome, Raised) or parts is None:
            seen.append(outcome.kind if isinstance(outcome, Raised) else "")
        else:
            seen.append({name: _coarse(value) for name, value in parts.items()})
    return hashlib.blake2b(wire.encode(seen), digest_size=6).hexdigest()


def _coarse(value: Any) -> Any:
    """Return a value with its numbers cut to a few digits, its form kept."""
    if isinstance(value, dict):
        return {key: _coarse(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_coarse(part) for part in value]
    if isinstance(value, wire.Tensor):
        value = value.array
    if isinstance(value, bool) or not isinstance(
        value, (int, float, np.ndarray, np.number)
    ):
        return value if isinstance(value, str) else repr(type(value))
    numbers = np.asarray(value)
    if numbers.dtype.kind not in "fiu":
        return repr(numbers.tolist())
    text = np.vectorize(f"{{:.{DIGITS - 1}e}}".format, otypes=[str])(numbers)
    return [list(numbers.shape), text.ravel().tolist()]
