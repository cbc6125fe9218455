"""Checks for the student's own work: they know relations, never answers.

Each check looks at what you computed, says in one line that it holds, or says what is
wrong and where. A failed check stops the cell with its reason instead of a traceback.

    check.shape(dW, W.shape, "dW")            # the shape convention
    check.close(p.sum(), 1.0, "sum of p")     # a number you can foresee
    check.gradient(loss, dW, W)               # your gradient against your own loss

Ref: syllabus T07.11 (shapes), T09.16 (numeric gradients).
"""

from __future__ import annotations

import functools
import html
import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from utils.gradcheck import directional_derivative, numeric_gradient, relative_error

GOOD = 1e-6
"""Largest relative error of a gradient that counts as right (float64, smooth loss)."""


class CheckPassed:
    """A check that held; shows itself as one green line."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return f"✓ {self.text}"

    def _repr_html_(self) -> str:
        style = "border-left:4px solid #1a7f37;padding-left:.6em"
        text = html.escape(self.text)
        return f'<div role="status" style="{style}">✓ {text}</div>'


class CheckFailed(AssertionError):
    """A check that did not hold; IPython shows its reason and no traceback."""

    def _render_traceback_(self) -> list[str]:
        return [f"✗ {self}"]


def _shown(check: Callable[..., CheckPassed]) -> Callable[..., None]:
    """Make a check show its result at once, wherever in the cell it stands.

    While nbgrader autogrades, a failed one only shows its reason: the points come from
    the hidden line below, and an exception would take its partial credit away.
    """

    @functools.wraps(check)
    def shown(*args: Any, **kwargs: Any) -> None:
        try:
            _display(check(*args, **kwargs))
        except CheckFailed as failed:
            if os.environ.get("NBGRADER_EXECUTION") != "autograde":
                raise
            print(f"✗ {failed}")

    return shown


def _display(result: CheckPassed) -> None:
    from IPython.display import display

    display(result)


@_shown
def shape(value: Any, expected: Sequence[int], name: str = "the value") -> CheckPassed:
    """Check that ``value`` is an array of the expected shape.

    Args:
        value: what you computed.
        expected: the shape it should have, e.g. ``W.shape`` or ``(3, 4)``.
        name: how to call it in the message.
    """
    _require_shape(value, expected, name)
    return CheckPassed(f"{name} has shape {tuple(np.shape(value))}")


def _require_shape(value: Any, expected: Sequence[int], name: str) -> None:
    """Raise `CheckFailed` unless the shapes agree."""
    if value is None:
        raise CheckFailed(f"{name} is None: is a 'return' missing?")
    try:
        found, expected = tuple(np.shape(value)), tuple(expected)
    except ValueError:
        raise CheckFailed(f"{name} is no array: its rows differ in length") from None
    if found == expected:
        return
    hint = ""
    if found == expected[::-1]:
        hint = "; is it transposed?"
    elif [n for n in found if n != 1] == [n for n in expected if n != 1]:
        hint = "; there is an axis of length 1 too many or too few"
    raise CheckFailed(f"{name} has shape {found}, expected {expected}{hint}")


def _numbers(value: Any, name: str) -> np.ndarray:
    """Return ``value`` as a float array; raise `CheckFailed` if it holds anything else."""
    try:
        return np.asarray(value, dtype=float)
    except (TypeError, ValueError, RuntimeError):
        raise CheckFailed(f"{name} is no number and no array of numbers") from None


@_shown
def filled(values: dict[str, Any], name: str = "the table") -> CheckPassed:
    """Check that every entry of a table of numbers has been filled in.

    Args:
        values: name -> number; None marks an entry still to be computed.
        name: how to call the table in the message.
    """
    empty = [key for key, value in values.items() if value is None]
    if empty:
        raise CheckFailed(f"{name} still lacks {', '.join(empty)}")
    return CheckPassed(f"{name} is filled in: {len(values)} numbers")


@_shown
def close(
    value: Any, expected: Any, name: str = "the value", *, rtol: float = 1e-6
) -> CheckPassed:
    """Check that ``value`` equals ``expected`` up to rounding.

    Args:
        value: what you computed, a number or an array.
        expected: what it should be, of the same shape.
        name: how to call it in the message.
        rtol: allowed error, relative to the largest expected entry.
    """
    _require_shape(value, np.shape(expected), name)
    found, wanted = _numbers(value, name), np.asarray(expected, float)
    allowed = rtol * max(1.0, float(np.abs(wanted).max(initial=0.0)))
    wrong = ~(np.abs(found - wanted) <= allowed)
    if not wrong.any():
        return CheckPassed(f"{name} is right")
    if np.allclose(found, -wanted, rtol=0, atol=allowed):
        raise CheckFailed(f"{name} has the opposite sign")
    if not found.ndim:
        raise CheckFailed(f"{name} is {found:.6g}, expected {wanted:.6g}")
    where = [int(i) for i in np.argwhere(wrong)[0]]
    count = f"{int(wrong.sum())} of {wrong.size} entries"
    raise CheckFailed(f"{name} differs in {count}, the first at index {where}")


@_shown
def gradient(
    f: Callable[[Any], float], df: Any, x: Any, name: str = "the gradient"
) -> CheckPassed:
    """Check a gradient of yours against your own function, by finite differences.

    One random direction tests all entries at once; only if that fails, every entry is
    looked at, to say what is wrong.

    Args:
        f: your function of one array; returns one number.
        df: your gradient of ``f`` at ``x``: an array of ``x``'s shape.
        x: where to look, a float array.
        name: how to call the gradient in the message.

    Ref: syllabus T09.16.
    """
    x = np.array(x, dtype=float)
    _require_shape(df, x.shape, name)
    df = _finite(df, name)
    direction = np.random.default_rng(0).normal(size=x.shape)
    slope = directional_derivative(f, x, direction)
    if slope == 0 and not df.any():
        raise CheckFailed(f"{name} and the slope of f are zero, which proves nothing")
    if relative_error(np.sum(df * direction), slope) < GOOD:
        return CheckPassed(f"{name} agrees with finite differences")
    return _explain(df, numeric_gradient(f, x), name)


def _finite(value: Any, name: str) -> np.ndarray:
    """Return a float array; raise `CheckFailed` if it holds nan or inf."""
    numbers = _numbers(value, name)
    if not np.isfinite(numbers).all():
        raise CheckFailed(f"{name} contains nan or inf")
    return numbers


def _explain(
    df: np.ndarray, numeric: np.ndarray, name: str, witness: str = "finite differences"
) -> CheckPassed:
    """Say how a gradient differs from the one of the witness."""
    if relative_error(df, numeric) < GOOD:
        return CheckPassed(f"{name} agrees with {witness}")
    for text, other in (
        ("has the opposite sign everywhere", -numeric),
        ("is exactly twice too large", 2 * numeric),
        ("is exactly half as large as it should be", numeric / 2),
    ):
        if relative_error(df, other) < GOOD:
            raise CheckFailed(f"{name} {text}")
    if df.ndim == 2 and df.shape[0] == df.shape[1]:
        if relative_error(df, numeric.T) < GOOD:
            raise CheckFailed(f"{name} is transposed")
    size = np.maximum(np.maximum(np.abs(df), np.abs(numeric)), 1e-5)
    errors = np.abs(df - numeric) / size
    wrong = errors >= GOOD
    worst = [int(i) for i in np.unravel_index(int(errors.argmax()), errors.shape)]
    raise CheckFailed(
        f"{name} disagrees with {witness} in {int(wrong.sum())} of "
        f"{wrong.size} entries, most of all at index {worst}"
    )


@_shown
def autograd(f: Callable[..., Any], grads: Sequence[Any], *args: Any) -> CheckPassed:
    """Check gradients of yours with PyTorch as the witness.

    Args:
        f: your function, written with torch operations; returns one number.
        grads: your gradient for each argument, or None to skip one.
        args: float arrays, one per argument of ``f``.

    Ref: syllabus T09.14.
    """
    import torch

    tensors = [
        torch.tensor(np.asarray(a), dtype=torch.float64, requires_grad=True) for a in args
    ]
    f(*tensors).backward()
    for position, (mine, tensor) in enumerate(zip(grads, tensors, strict=True)):
        if mine is None:
            continue
        name = f"gradient {position}"
        _require_shape(mine, tensor.shape, name)
        witness = np.zeros(tensor.shape) if tensor.grad is None else tensor.grad.numpy()
        _explain(_finite(mine, name), witness, name, "PyTorch")
    return CheckPassed("all gradients agree with PyTorch")
