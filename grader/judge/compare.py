"""When two values are the same answer.

Tolerance. A right float64 answer differs from the reference by rounding alone. Sums of
n <= 10^4 products of numbers near 1, in any order, differ by at most n u (sum of the
absolute products), u = 1.1e-16: about 1e-12 of the largest entry; exp, log and division
add a few u each. The course's tolerance leaves a factor of 1000 for badly conditioned
entries (`of_scale`, relative to the largest entry) and accepts central differences of
smooth functions (`relative`). Where nothing but 0 is right, what is smaller than `ZERO` is
0. Every known mistake lies farther away: tests prove it.

Type. What a colleague would accept as the same value is the same: a list of numbers for an
array, an array of one number for a number, a tensor for an array (without its graph), whole
numbers or float32 for float64 where they are exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from grader.kernel.inside.codec import Opaque, Tensor
from grader.model import FLOAT64, Tolerance

Kind = Literal["type", "shape", "dtype", "finite", "value"]
ZERO = 1e-12
"""Largest magnitude that is taken for 0 where nothing but 0 is expected."""


@dataclass(frozen=True)
class Mismatch:
    """Why a value is not the expected one; holds nothing of the expected value."""

    kind: Kind
    detail: str
    index: tuple[int, ...] = ()
    """For ``value`` and ``finite``: the first entry concerned."""
    share_right: float = 0.0
    """For ``value``: share of entries that are right."""


def compare(value: Any, expected: Any, tolerance: Tolerance = FLOAT64) -> Mismatch | None:
    """Return None if ``value`` is right, else the first reason why it is not."""
    if isinstance(expected, (np.ndarray, np.generic, float, int, complex, Tensor)):
        if not isinstance(expected, bool):
            return _compare_numbers(value, expected, tolerance)
    if isinstance(expected, (list, tuple)):
        return _compare_sequences(value, expected, tolerance)
    if isinstance(expected, dict):
        return _compare_dicts(value, expected, tolerance)
    if isinstance(expected, bool):
        value = _truth(value)
    if type(value) is not type(expected):
        return Mismatch("type", f"it is {describe(value)}, expected {describe(expected)}")
    return None if value == expected else Mismatch("value", "it is another value")


def describe(value: Any) -> str:
    """Return what kind of thing a value is, without its content."""
    if value is None:
        return "None"
    if isinstance(value, Opaque):
        return f"an object of type '{value.type_name}'"
    if isinstance(value, Tensor):
        graph = " with its graph" if value.requires_grad else ""
        return f"a tensor of shape {shape_text(value.array.shape)}{graph}"
    if isinstance(value, np.ndarray) and value.ndim:
        return f"an array of shape {shape_text(value.shape)}"
    if is_number(value):
        return "a number"
    name = {"str": "text"}.get(type(value).__name__, type(value).__name__)
    return f"a {name}"


def shape_text(shape: tuple[int, ...]) -> str:
    """Return a shape as it is written in the course: ``(3, 4)``."""
    return "(" + ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "") + ")"


def is_number(value: Any) -> bool:
    """Whether the value is one number: int, float, NumPy scalar or 0-d array."""
    if isinstance(value, bool):
        return False
    if isinstance(value, np.ndarray):
        return value.ndim == 0
    return isinstance(value, (int, float, complex, np.generic))


def _compare_numbers(value: Any, expected: Any, tol: Tolerance) -> Mismatch | None:
    if isinstance(expected, Tensor) and not isinstance(value, Tensor):
        return Mismatch("type", f"it is {describe(value)}, expected {describe(expected)}")
    if type(value) is type(expected) is int:  # also beyond what arrays hold
        return None if value == expected else Mismatch("value", "it is another number")
    wanted = _array(expected.array if isinstance(expected, Tensor) else expected)
    if isinstance(expected, Tensor) and isinstance(value, Tensor):
        found = value.array
    else:
        found = _numbers(value) if wanted.ndim else _one_number(value)
    if not (is_number(found) or isinstance(found, np.ndarray)):
        return Mismatch("type", f"it is {describe(value)}, expected {describe(expected)}")
    if isinstance(found, int) and found.bit_length() > 1000:
        return Mismatch("value", "it is far too large")
    found = _array(found)
    if found.shape != wanted.shape:
        shapes = f"{shape_text(found.shape)}, expected {shape_text(wanted.shape)}"
        return Mismatch("shape", f"its shape is {shapes}")
    if found.dtype == wanted.dtype and np.array_equal(found, wanted):
        return None  # most comparisons end here: unchanged arguments, exact results
    return _compare_entries(found, wanted, tol, exact_type=is_number(value))


def _truth(value: Any) -> Any:
    """Return NumPy's and PyTorch's True and False as Python's, anything else as it is."""
    array = value.array if isinstance(value, Tensor) else value
    if isinstance(array, (np.ndarray, np.generic)):
        if array.size == 1 and array.dtype.kind == "b":
            return bool(array.reshape(()))
    return value


def _one_number(value: Any) -> Any:
    """Return an array or tensor of one number as that number, the rest as it is."""
    array = _detached(value)
    if isinstance(array, np.ndarray) and array.size == 1:
        return array.reshape(())[()]
    return array


def _detached(value: Any) -> Any:
    """Return a tensor as an array, unless it drags along all that it was computed from."""
    if isinstance(value, Tensor) and not value.requires_grad:
        return value.array
    return value


def _numbers(value: Any) -> Any:
    """Return a tensor or a regular list of numbers as an array, the rest as it is."""
    value = _detached(value)
    if not isinstance(value, (list, tuple)):
        return value
    parts = [_numbers(part) for part in value]
    if not all(isinstance(part, np.ndarray) or is_number(part) for part in parts):
        return value  # a text among them would make all as long as itself
    try:
        array = np.array(parts)
    except ValueError:  # rows of different lengths
        return value
    return array if array.dtype.kind in "iufc" else value


def _array(value: Any) -> np.ndarray:
    """Return numbers as an array; ints beyond 64 bits as floats, never as objects."""
    if isinstance(value, int) and value.bit_length() > 63:
        value = float(value) if value.bit_length() <= 1000 else np.inf
    return np.asarray(value)


def _compare_entries(
    found: np.ndarray, wanted: np.ndarray, tol: Tolerance, *, exact_type: bool
) -> Mismatch | None:
    if wanted.dtype.kind in "fc" and found.dtype.kind in "fc":
        narrow = found.dtype.itemsize < wanted.dtype.itemsize and not tol.digits
        if narrow and not np.array_equal(found, wanted, equal_nan=True):
            return Mismatch("dtype", f"its numbers are {found.dtype}, not {wanted.dtype}")
    if found.dtype.kind == "c" != wanted.dtype.kind:
        return Mismatch("dtype", "its numbers are complex, expected real ones")
    if found.dtype.kind == "b" != wanted.dtype.kind:
        return Mismatch("dtype", "its entries are True and False, expected numbers")
    bad = ~np.isfinite(found) & np.isfinite(wanted)
    if bad.any():
        at = first_index(bad)
        return Mismatch("finite", f"it is {found[at]} at index {list(at)}", at)
    right = entries_right(found, wanted, tol)
    if right.all():
        return None
    if wanted.dtype.kind == "f" and found.dtype.kind in "iu" and not exact_type:
        return Mismatch(
            "dtype", f"its numbers are whole ({found.dtype}), not {wanted.dtype}"
        )
    at = first_index(~right)
    detail = f"it first differs at index {list(at)}" if at else "it is another number"
    return Mismatch("value", detail, at, float(right.mean()))


def entries_right(found: np.ndarray, wanted: np.ndarray, tol: Tolerance) -> np.ndarray:
    """Return which entries lie within the tolerance; NaN equals NaN, inf equals inf."""
    with np.errstate(all="ignore"):
        magnitude = np.abs(wanted.astype(float) if wanted.dtype.kind in "biu" else wanted)
        scale = magnitude[np.isfinite(magnitude)].max(initial=0.0)
        allowed = tol.relative * magnitude + tol.of_scale * scale
        if scale == 0 and tol.relative:
            allowed = np.maximum(allowed, ZERO)
        if tol.digits:
            allowed = 1.0001 * 10.0 ** (np.floor(np.log10(magnitude)) - tol.digits + 1)
        right = (found == wanted) | (np.isnan(found) & np.isnan(wanted))
        if wanted.dtype.kind in "fc":
            near = np.abs(found.astype(wanted.dtype.char) - wanted) <= allowed
            right |= near & np.isfinite(wanted)  # inf allows nothing, though inf <= inf
    return np.asarray(right)


def without_noise(value: Any, right: Any) -> Any:
    """Return what is rounding alone beside the right value as 0, the rest as it is.

    A wrong sum may cancel to 0 but for rounding, which every processor does its own way.
    """
    floats = (float, np.floating, np.ndarray)
    if isinstance(value, floats) and isinstance(right, floats):
        found, wanted = np.asarray(value), np.asarray(right)
        if found.dtype.kind == wanted.dtype.kind == "f":
            scale = np.abs(wanted[np.isfinite(wanted)]).max(initial=0.0)
            if np.abs(found).max(initial=0.0) < ZERO * scale:
                return np.zeros_like(found)
    return value


def first_index(mask: np.ndarray) -> tuple[int, ...]:
    """Return the index of the first True entry."""
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(mask)), mask.shape))


def _compare_sequences(value: Any, expected: Any, tol: Tolerance) -> Mismatch | None:
    value = _detached(value)
    is_array = isinstance(value, np.ndarray) and value.ndim
    if not is_array and not isinstance(value, (list, tuple)):
        return Mismatch("type", f"it is {describe(value)}, expected {describe(expected)}")
    if len(value) != len(expected):
        return Mismatch("shape", f"it has {len(value)} items, expected {len(expected)}")
    for position, (item, wanted) in enumerate(zip(value, expected, strict=True)):
        problem = compare(item, wanted, tol)
        if problem:
            detail = f"item {position}: {problem.detail}"
            return Mismatch(problem.kind, detail, (position, *problem.index))
    return None


def _compare_dicts(value: Any, expected: Any, tol: Tolerance) -> Mismatch | None:
    if not isinstance(value, dict):
        return Mismatch("type", f"it is {describe(value)}, expected a dict")
    if set(value) != set(expected):
        return Mismatch("type", f"its keys are {_keys(value)}, expected {_keys(expected)}")
    for key, wanted in expected.items():
        problem = compare(value[key], wanted, tol)
        if problem:
            detail = f"entry {_short(key)}: {problem.detail}"
            return Mismatch(problem.kind, detail, problem.index)
    return None


def _keys(value: dict[Any, Any]) -> str:
    shown = (key[:30] if isinstance(key, str) else _short(key) for key in list(value)[:12])
    return ", ".join(sorted(shown))


def _short(key: Any) -> str:
    """Return a dict's key in a few characters, however large it is."""
    if isinstance(key, (str, bytes)):
        return repr(key[:30])
    if isinstance(key, tuple):
        return f"({', '.join(map(_short, key))})"[:60]
    return str(key)[:30]
