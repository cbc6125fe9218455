"""What is said of faults that any function can have, and of how an answer ended."""

from __future__ import annotations

from collections.abc import Iterable

from grader.judge.observe import Observed
from grader.judge.torch_errors import explain
from grader.model import Finding, Raised

CROSS_CUTTING = {
    "MX.1": "Every value has the opposite sign; a gradient would point uphill. Look for a "
    "flipped sign (a difference turned round, a minus before the log, the update).",
    "MX.2": "Every value is off by exactly the factor N, the number of examples. A mean "
    "takes the factor 1/N once, and nowhere else.",
    "MX.3": "Every value is off by a factor of two. If it is a gradient, check whether the "
    "loss carries a 1/2 and whether the 2 of a square cancels it.",
    "MX.4": "The numbers are right, but transposed: rows and columns are exchanged.",
    "MX.5": "The numbers are right, but an axis is missing or too many: (n, 1), (1, n) and "
    "(n,) are different shapes and broadcast in surprising ways.",
    "MX.6": "The numbers lose precision: integers cut off the fraction, and float32 keeps "
    "about seven digits. Work in float64.",
    "MX.7": "Your function changes its arguments in place; work on a copy.",
    "MX.8": "Your function returns None: the value is computed, but the 'return' is "
    "missing.",
    "MX.9": "It is right for the visible example only: other sizes or values follow in the "
    "hidden test, so take sizes from .shape and compute every value.",
    "MX.10": "The formula is right but not stable: for large arguments exp overflows and "
    "it gives nan or inf. Shift by the maximum, or use log1p and exp(-abs(z)).",
    "MX.11": "Two calls with the same seed give different results: draw from the generator "
    "you are given, and only from it.",
    "MX.12": "Correct. There is a loop in Python, though: operations on whole arrays do "
    "the same at once.",
    "MX.14": "Right for the inputs that everybody is asked, wrong for new ones of the same "
    "kind. Does your function leave a case out? Results known before earn nothing.",
}
"""Sentences of the faults any function can have (MX.13 is a mistake of its exercise)."""

EXIT = (
    "Your function returns None: exit() ends a script, and nothing comes back. Write "
    "'return' and the result in its place."
)

STATE = (
    "A second call with the same arguments gives another result: something is drawn at "
    "random or kept between calls. Use the arguments and local names only."
)

SLOW = (
    "Correct, but hundreds of times slower than whole-array operations: look for work "
    "that is done again and again."
)


def cross(code: str, output: str | None = None, *, remark: bool = False) -> Finding:
    """Return the finding of a fault of the table."""
    message = CROSS_CUTTING[code]
    return Finding(code=code, message=message, output=output, remark=remark, named=True)


def raised(outcome: Raised) -> Finding:
    """Return what is said of a call that ended in an exception."""
    where = f" in line {outcome.line} of your cell" if outcome.line else ""
    known = explain(outcome)
    if known:
        message = f"Your function stops with {outcome.kind}{where}. {known.message}"
        return Finding(code=known.code, message=message, named=True)
    text = f": {outcome.message}" if outcome.message else ""
    message = f"Your function stops with {outcome.kind}{where}{text}"
    return Finding(code="raised", message=message)


def label(observed: Observed, outputs: Iterable[str]) -> str | None:
    """Return the names of outputs; nothing if they are all."""
    names = tuple(outputs)
    return None if set(names) == set(observed.exercise.outputs) else ", ".join(names)
