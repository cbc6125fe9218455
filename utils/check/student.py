"""Calling a function of the student: what goes wrong in it is said in one sentence."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from utils.check.results import CheckFailed

_NOT_THE_STUDENTS = (
    *(str(Path(__file__).parents[1]), str(Path(traceback.__file__).parent)),
    *("site-packages", "dist-packages"),
)
"""Parts of the file names of `utils`, Python's own library and installed ones."""
_LONGEST = 80
"""Characters of an exception or a line of code that are repeated."""


def called(f: Callable[..., Any], *args: Any) -> Any:
    """Return ``f(*args)``.

    Raises:
        CheckFailed: ``f`` is no function, or stopped with an exception.
    """
    if not callable(f):
        raise CheckFailed(
            f"the first argument is of type {type(f).__name__}, expected a function: "
            "pass it without calling it"
        )
    try:
        return f(*args)
    except CheckFailed:
        raise
    except Exception as error:
        raise CheckFailed(_stopped(error)) from error


def one_number(value: Any) -> float:
    """Return the value of a loss.

    Raises:
        CheckFailed: it is not one finite number.
    """
    if value is None:
        raise CheckFailed("your function returned None: is a 'return' missing?")
    if hasattr(value, "detach"):
        value = value.detach()
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError, RuntimeError):
        raise CheckFailed(
            f"your function returned a value of type {type(value).__name__}, "
            "expected one number"
        ) from None
    if array.size != 1:
        raise CheckFailed(
            f"your function returned an array of shape {array.shape}, expected one "
            "number: is a sum or a mean missing?"
        )
    number = array.item()
    if not np.isfinite(number):
        raise CheckFailed(
            f"your function returned {number} at this place or next to it: "
            "an overflow, or the logarithm of 0?"
        )
    return number


def _stopped(error: Exception) -> str:
    """Return which exception stopped the function, and in which line of the student's."""
    text = _short(str(error))
    if isinstance(error, NotImplementedError):
        return (
            f"a function is still to be written: {text}"
            if text
            else ("a function is still to be written")
        )
    what = type(error).__name__ + (f": {text}" if text else "")
    return f"your function stopped with {what}{own_line(error)}"


def own_line(error: BaseException) -> str:
    """Return the innermost line that the student wrote, as the rest of a sentence."""
    own = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not any(part in frame.filename for part in _NOT_THE_STUDENTS)
    ]
    if not own:
        return ""
    line = f", in line {own[-1].lineno} of its cell"
    return line + (f": {_short(own[-1].line)}" if own[-1].line else "")


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
