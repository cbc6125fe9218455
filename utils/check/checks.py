"""The six checks. None of them knows an answer: they compare what the student gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from utils.check.picture import Picture
from utils.check.relations import Agree, describe, relative_errors
from utils.check.results import CheckFailed, CheckPassed, shown
from utils.check.student import called, one_number
from utils.gradcheck import STEP, directional_derivative, numeric_gradient, relative_error

GOOD = 1e-6
"""Largest relative error of a gradient that counts as right (float64, smooth loss)."""
ROUNDING = 2e-15
"""A few times the rounding error of one number near 1, which finite differences divide
by their step: a large loss drowns the small entries of its gradient."""
SMALL = 1e-3
"""Below this relative error a gradient is rather rounded, or at a kink, than wrong."""
LONGEST = 80
"""Characters of words that are repeated."""


@shown
def shape(value: Any, expected: Sequence[int], name: str = "the value") -> CheckPassed:
    """Check that ``value`` is an array of the expected shape.

    Args:
        value: what you computed.
        expected: the shape it should have, e.g. ``W.shape`` or ``(3, 4)``.
        name: how to call it in the message.
    """
    _require_shape(value, expected, name)
    return CheckPassed(f"{name} has shape {tuple(np.shape(value))}")


@shown
def filled(values: dict[str, Any], name: str = "the table") -> CheckPassed:
    """Check that every entry of a table of numbers has been filled in.

    Args:
        values: name -> number; None marks an entry still to be computed.
        name: how to call the table in the message.
    """
    if not isinstance(values, dict):
        raise CheckFailed(f"{name} is no longer a dict but of type {_type(values)}")
    empty = [str(key) for key, value in values.items() if value is None]
    if empty:
        raise CheckFailed(f"{name} still lacks {', '.join(empty)}")
    count = f"{len(values)} number{'s' * (len(values) != 1)}"
    return CheckPassed(f"{name}: {count} filled in; whether right, the grader says")


@shown
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
    wanted = _numbers(expected, "what is expected")
    _require_shape(value, wanted.shape, name)
    found = _numbers(value, name)
    allowed = rtol * max(1.0, float(np.abs(wanted).max(initial=0.0)))

    def agree(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore"):  # inf - inf
            return np.abs(a - b) <= allowed

    if agree(found, wanted).all():
        return CheckPassed(f"{name} is right")
    if not found.ndim and not agree(found, -wanted):
        raise CheckFailed(f"{name} is {found:.6g}, expected {wanted:.6g}")
    raise _difference(found, wanted, agree, name, "differs")


@shown
def same(value: Any, expected: Any, name: str = "the value") -> CheckPassed:
    """Check words, and lists or tuples of words: they are right only as they stand.

    Args:
        value: what you computed; a list is as good as a tuple.
        expected: what it should be: a text, None, a whole number, or a list or tuple of
            these, as deep as you like.
        name: how to call it in the message.
    """
    if found := _first_other(value, expected):
        place, mine, right = found
        raise CheckFailed(
            f"{name}{place} is {_repeated(mine)}, expected {_repeated(right)}"
        )
    return CheckPassed(f"{name} is right")


@shown
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
    x = np.array(_numbers(x, "the place to look at, the third argument,"))
    _require_shape(df, x.shape, name)
    mine = _numbers(df, name)

    def loss(v: np.ndarray) -> float:
        return one_number(called(f, v.copy()))

    value = loss(x)
    if loss(x) != value:
        raise CheckFailed("your function gives two values at one place: is it random?")
    direction = np.random.default_rng(0).normal(size=x.shape)
    slope = directional_derivative(loss, x, direction)
    if slope == 0 and not mine.any():
        raise CheckFailed(f"{name} and the slope of f are zero, which proves nothing")
    if np.isfinite(mine).all():
        if relative_error(np.sum(mine * direction), slope) < GOOD:
            return CheckPassed(f"{name} agrees with finite differences")
    noise = ROUNDING * abs(value) / STEP
    _compare(mine, numeric_gradient(loss, x), name, "finite differences", noise)
    return CheckPassed(f"{name} agrees with finite differences")


@shown
def autograd(f: Callable[..., Any], grads: Sequence[Any], *args: Any) -> CheckPassed:
    """Check gradients of yours with PyTorch as the witness.

    Args:
        f: your function, written with torch operations; returns one number.
        grads: your gradient for each argument, or None to skip one.
        args: float arrays, one per argument of ``f``.

    Ref: syllabus T09.14.
    """
    try:
        import torch
    except ImportError:
        raise CheckFailed(
            "PyTorch is not installed here and cannot be the witness; "
            "check.gradient needs only NumPy"
        ) from None
    if not isinstance(grads, (list, tuple)) or len(grads) != len(args):
        count = len(args)
        raise CheckFailed(
            f"the gradients should come as a list of {count}, one for each argument of "
            "your function; None skips one"
        )
    if all(mine is None for mine in grads):
        raise CheckFailed(
            "all gradients are None, so there is nothing to compare: the .grad of a "
            "tensor is None until backward() has run"
        )
    tensors = [
        torch.tensor(_numbers(a, f"argument {i}"), requires_grad=True)
        for i, a in enumerate(args)
    ]
    result = called(f, *tensors)
    one_number(result)
    if not isinstance(result, torch.Tensor) or not result.requires_grad:
        raise CheckFailed(
            "the result of your function has lost its graph: .item(), .numpy(), "
            ".detach(), torch.tensor() and no_grad() cut it off"
        )
    called(result.backward)
    for position, (mine, tensor) in enumerate(zip(grads, tensors, strict=True)):
        if mine is not None:
            _witness(mine, tensor, f"gradient {position}", position)
    return CheckPassed("all gradients agree with PyTorch")


def _first_other(value: Any, expected: Any, place: str = "") -> tuple[str, Any, Any] | None:
    """Return where two nested sequences first differ, and what stands there in both."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if not isinstance(expected, (list, tuple)):
        same = not isinstance(value, (list, tuple)) and bool(value == expected)
        return None if same else (place, value, expected)
    if not isinstance(value, (list, tuple)) or len(value) != len(expected):
        return place, value, expected
    pairs = enumerate(zip(value, expected, strict=True))
    others = (_first_other(mine, right, f"{place}[{i}]") for i, (mine, right) in pairs)
    return next((other for other in others if other), None)


def _repeated(value: Any) -> str:
    """Return a value as Python writes it, cut in the middle where it is long."""
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 20]} … {text[-17:]}"


def _witness(mine: Any, tensor: Any, name: str, position: int) -> None:
    """Raise `CheckFailed` unless a gradient agrees with the one of a tensor."""
    _require_shape(mine, tensor.shape, name)
    found = _numbers(mine, name)
    if tensor.grad is None:
        raise CheckFailed(
            f"{name} cannot be compared: PyTorch sees no way from argument {position} "
            "to the result; is it unused or detached?"
        )
    witness = tensor.grad.numpy()
    if not found.any() and not witness.any():
        raise CheckFailed(f"{name} and PyTorch's are zero, which proves nothing")
    _compare(found, witness, name, "PyTorch")


def _compare(
    mine: np.ndarray, witness: np.ndarray, name: str, of: str, noise: float = 0.0
) -> None:
    """Raise `CheckFailed` unless two gradients agree in every entry, up to noise."""

    def agree(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore"):  # inf - inf
            return (relative_errors(a, b) < GOOD) | (np.abs(a - b) <= noise)

    if agree(mine, witness).all():
        return
    differs = f"disagrees with {of}"
    if mine.size == 1:
        differs = f"is {mine.item():.6g}, expected {witness.item():.6g} ({of})"
    failed = _difference(mine, witness, agree, name, differs)
    if relative_errors(mine, witness).max() < SMALL:
        text = f"{failed}; by little: float32, or a kink close by?"
        raise CheckFailed(text, failed.picture)
    raise failed


def _difference(
    found: np.ndarray, wanted: np.ndarray, agree: Agree, name: str, differs: str
) -> CheckFailed:
    """Return what is wrong with an array, in words and as a picture."""
    errors = np.where(np.isinf(found), np.inf, relative_errors(found, wanted))
    picture = Picture(name, errors, agree(found, wanted))
    return CheckFailed(f"{name} {describe(found, wanted, agree, differs)}", picture)


def _require_shape(value: Any, expected: Any, name: str) -> None:
    """Raise `CheckFailed` unless the shapes agree."""
    if value is None:
        raise CheckFailed(f"{name} is None: is a 'return' missing?")
    try:
        found = tuple(np.shape(value))
    except ValueError:
        raise CheckFailed(f"{name} is no array: its rows differ in length") from None
    expected = (expected,) if isinstance(expected, int) else tuple(expected)
    if found == expected:
        return
    hint = ""
    if found == expected[::-1]:
        hint = "; is it transposed?"
    elif [n for n in found if n != 1] == [n for n in expected if n != 1]:
        hint = "; there is an axis of length 1 too many or too few"
    elif not found:
        hint = "; it is one number, was it summed over all entries?"
    elif len(found) > len(expected) and _without_an_axis(found, expected):
        hint = "; there is an axis too many, is a sum over it missing?"
    raise CheckFailed(f"{name} has shape {found}, expected {expected}{hint}")


def _without_an_axis(found: tuple[int, ...], expected: tuple[int, ...]) -> bool:
    return any(found[:axis] + found[axis + 1 :] == expected for axis in range(len(found)))


def _numbers(value: Any, name: str) -> np.ndarray:
    """Return ``value`` as a float array; raise `CheckFailed` if it holds anything else."""
    if hasattr(value, "detach"):  # a tensor; its graph is not needed here
        value = value.detach()
    try:
        return np.asarray(value, dtype=float)
    except (TypeError, ValueError, RuntimeError):
        raise CheckFailed(f"{name} is no number and no array of numbers") from None


def _type(value: Any) -> str:
    return type(value).__name__
