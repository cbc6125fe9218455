"""A student's turn within a lecture: dots to replace, and what is said about the result.

Unlike the checks of assignments this one is given the answer, which stands folded in the
next cell; what it says leads there and does not give it away. In the cell of the turn the
answer is sealed, so that nobody reads it by accident:

    python -c "from utils import check; print(check.seal((1.5, 2.0)))"
"""

from __future__ import annotations

import ast
import base64
import math
import re
from collections.abc import Iterator, Mapping, Set
from typing import Any

import numpy as np

from utils.check.checks import _difference, _numbers, _require_shape
from utils.check.results import CheckFailed, CheckPassed, YourTurn, shown

BY_HAND = 0.01
"""Largest relative error of a decimal that counts as right: two or three digits are what
one writes on paper. Whole numbers are compared exactly."""
NEAR_ZERO = 1e-9
"""Largest error where 0 is right."""
ROUNDING = 1e-12
"""Largest relative error of a whole number that was computed with decimals."""
SEAL = "sealed:"
_LONGEST = 40
"""Characters of a wrong answer that are repeated."""


@shown
def turn(
    name: str,
    value: Any,
    expected: Any,
    why: Mapping[Any, str] | None = None,
    *,
    rtol: float = BY_HAND,
) -> CheckPassed | YourTurn:
    """Say "your turn" while dots stand; afterwards say what is right, or why it is not.

    Args:
        name: what is to be written, in a few words.
        value: what the student wrote in the place of ``...``: a number, a text, True or
            False, an array, or a tuple, list, set or dict of these.
        expected: the answer, as it is or from `seal`. Its type decides how to compare:
            texts without regard to capitals, hyphens and underscores, whole numbers
            exactly, sets in any order.
        why: wrong answers that are likely -> the sentence a teacher would say. None in
            a tuple stands for whatever is there: `(None, 9)` is any pair that ends in 9,
            and does not give the other number away.
        rtol: allowed relative error of a decimal.

    Ref: design of the lectures; the answer stands in the next cell, folded.
    """
    if isinstance(expected, str) and expected.startswith(SEAL):
        expected = ast.literal_eval(base64.b64decode(expected[len(SEAL) :]).decode())
    places = list(_places(value))
    empty = sum(place is ... for place in places)
    if empty:
        left = f" ({empty} of {len(places)} to write)" if empty < len(places) else ""
        return YourTurn(f"{name}{left}")
    for wrong, sentence in (why or {}).items():
        if not _fault(value, wrong, rtol) and _fault(value, expected, rtol):
            raise CheckFailed(f"{name}: {_short(value)} is not right. {sentence}")
    if isinstance(expected, np.ndarray) and expected.ndim and not callable(value):
        _compare_arrays(name, value, expected, rtol)
    elif fault := _fault(value, expected, rtol):
        raise CheckFailed(f"{name}: {fault}")
    return CheckPassed(f"{name}: right")


def seal(answer: Any) -> str:
    """Return an answer for `turn` in letters that nobody reads by accident.

    Args:
        answer: a number, a text, True or False, or a tuple, list, set or dict of these.
    """
    return SEAL + base64.b64encode(repr(answer).encode()).decode()


def _places(value: Any) -> Iterator[Any]:
    """Yield what a student could have written, from within containers."""
    if isinstance(value, Mapping):
        value = value.values()
    elif isinstance(value, np.ndarray) and value.dtype == object and value.ndim:
        value = value.ravel()
    elif not isinstance(value, (tuple, list, Set)):
        yield value
        return
    for part in value:
        yield from _places(part)


def _compare_arrays(name: str, value: Any, expected: np.ndarray, rtol: float) -> None:
    """Raise `CheckFailed` with a picture unless the arrays agree."""
    _require_shape(value, expected.shape, name)
    found, wanted = _numbers(value, name), expected.astype(float)

    def agree(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore"):  # inf - inf
            return np.abs(a - b) <= rtol * np.maximum(np.abs(a), np.abs(b)) + NEAR_ZERO

    if not agree(found, wanted).all():
        raise _difference(found, wanted, agree, name, "differs")


def _fault(value: Any, expected: Any, rtol: float) -> str:
    """Return what is wrong with an answer, nothing if it is right."""
    if expected is None:  # within a likely mistake: whatever is there
        return ""
    if callable(value):
        return "this is a function, expected what it returns: call it"
    if isinstance(expected, str):
        return _fault_of_text(value, expected)
    if isinstance(expected, (bool, np.bool_)):
        if not isinstance(value, (bool, np.bool_)):
            return f"{_short(value)} is not True and not False"
        return "" if value == expected else f"{value} is not right"
    if isinstance(expected, Set):
        return _fault_of_set(value, expected)
    if isinstance(expected, Mapping):
        return _fault_of_table(value, expected, rtol)
    if isinstance(expected, np.ndarray) and expected.ndim:
        return _fault_of_array(value, expected, rtol)
    if isinstance(expected, (tuple, list)):
        if isinstance(value, Set):
            return f"a set has no order, expected a list of {len(expected)}"
        if value is None:
            return f"None given, expected {len(expected)} things: is a return missing?"
        if not _is_row(value):
            return f"{_short(value)} is one thing, expected {len(expected)}"
        if len(value) != len(expected):
            return f"{len(value)} given, expected {len(expected)}"
        return _fault_of_table(
            dict(enumerate(value, start=1)), dict(enumerate(expected, start=1)), rtol
        )
    return _fault_of_number(value, expected, rtol)


def _fault_of_text(value: Any, expected: str) -> str:
    if not isinstance(value, str):
        return f"{_short(value)} is no text, expected one in quotes"
    return "" if _words(value) == _words(expected) else f"{_short(value)} is not right"


def _words(text: str) -> list[str]:
    return re.sub("[-_]", " ", text).casefold().split()


def _key(value: Any) -> Any:
    """Return what two things have in common that count as the same in a set."""
    return tuple(_words(value)) if isinstance(value, str) else value


def _is_row(value: Any) -> bool:
    """Does this hold several things in an order?"""
    return isinstance(value, (tuple, list, range)) or getattr(value, "ndim", 0) > 0


def _fault_of_set(value: Any, expected: Set[Any]) -> str:
    if not isinstance(value, Set) and not _is_row(value):
        if len(expected) > 1:
            return f"{_short(value)} is one thing, expected several"
        value = [value]
    written = [one for part in _places(value) for one in np.ravel(part).tolist()]
    found, wanted = {_key(one): one for one in written}, {_key(one) for one in expected}
    for extra in sorted((one for key, one in found.items() if key not in wanted), key=str):
        return f"{_short(extra)} does not belong there"
    missing = len(wanted - found.keys())
    belong = "belongs" if missing == 1 else "belong"
    return f"what is there is right, {missing} more {belong} there" if missing else ""


def _fault_of_table(value: Any, expected: Mapping[Any, Any], rtol: float) -> str:
    if not isinstance(value, Mapping):
        return f"{_short(value)} is no dict, expected one with {len(expected)} entries"
    for key in expected:
        if key not in value:
            return f"the entry {key!r} is missing"
    faults = {key: _fault(value[key], expected[key], rtol) for key in expected}
    wrong = [key for key, fault in faults.items() if fault]
    if not wrong:
        return ""
    right = len(expected) - len(wrong)
    return f"{right} of {len(expected)} right; entry {wrong[0]!r}: {faults[wrong[0]]}"


def _fault_of_array(value: Any, expected: np.ndarray, rtol: float) -> str:
    """Return what is wrong with an array among other things, without its picture."""
    try:
        _compare_arrays("it", value, expected, rtol)
    except CheckFailed as fault:
        return str(fault)
    return ""


def _fault_of_number(value: Any, expected: Any, rtol: float) -> str:
    if value is None:
        return "None is no number: is a return missing?"
    if isinstance(value, (str, bool)):
        return f"{_short(value)} is no number"
    try:
        found = _numbers(value, "this")
    except CheckFailed:
        return f"{_short(value)} is no number"
    if found.size != 1:
        return f"an array of shape {found.shape} is not one number"
    number, wanted = found.item(), float(expected)
    whole = isinstance(expected, (int, np.integer))
    if math.isclose(number, wanted, rel_tol=ROUNDING):
        return ""
    if not whole and math.isclose(number, wanted, rel_tol=rtol, abs_tol=NEAR_ZERO):
        return ""
    if not math.isfinite(number):
        return f"{number} is no finite number"
    if math.isclose(number, -wanted, rel_tol=ROUNDING if whole else rtol):
        return f"{number:g} has the wrong sign"
    return f"{number:g} is too {'small' if number < wanted else 'large'}"


def _short(value: Any) -> str:
    """Return an answer as the student could have written it, cut where it is long."""
    text = repr(_plain(value))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _plain(value: Any) -> Any:
    """Return numbers and arrays without the names of their types, decimals rounded."""
    if hasattr(value, "tolist"):  # of NumPy or PyTorch
        value = value.tolist()
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if type(value) in (tuple, list, set):
        return type(value)(_plain(part) for part in value)
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    return value
