"""Gradient checks by finite differences: slow, easy to trust, and never clever.

A derivative says how much `f` changes per unit of a small change of `x`. These
functions take the sentence literally: change `x` a little, look at `f`, divide.
They use no calculus, which makes them a fair witness against formulas that do.

Ref: syllabus T09.16, lectures 08 (three witnesses) and 09 (numeric gradient check).
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

# The error of a central difference is about h^2 from the curvature of f plus
# 1e-16 * |f| / h from rounding. In float64 the sum is smallest for h near 1e-5;
# 1e-4 is the course's choice, safe for functions that bend more.
STEP = 1e-4

# Rounding alone moves a finite difference of a loss near 1 by about 1e-12. Entries
# far below this floor are noise and should not be compared digit by digit.
FLOOR = 1e-5


def numeric_gradient(
    f: Callable[[NDArray[np.float64]], float], x: ArrayLike, h: float = STEP
) -> NDArray[np.float64]:
    """Return the gradient of `f` at `x` by central differences.

    Every entry of `x` costs two evaluations of `f`, which is why networks are
    checked this way but not trained this way.

    Args:
        f: maps an array of `x`'s shape to one number.
        x: any shape; integers are converted to float64. `x` itself is not changed.
        h: half the distance between the two evaluations, in units of `x`.

    Returns:
        Array of `x`'s shape, float64: entry `i` is
        `(f(x + h e_i) - f(x - h e_i)) / (2 h)`.

    Raises:
        ValueError: if `f` returns anything but one number.

    Ref: syllabus T09.16.
    """
    x = np.array(x, dtype=np.float64)  # a copy: the caller's x stays as it was
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[index] = h
        gradient[index] = (_number(f(x + step)) - _number(f(x - step))) / (2 * h)
    return gradient


def directional_derivative(
    f: Callable[[NDArray[np.float64]], float],
    x: ArrayLike,
    v: ArrayLike,
    h: float = STEP,
) -> float:
    """Return the slope of `f` at `x` along the direction `v`.

    For a right gradient `g` it equals `np.sum(g * v)`. Two evaluations of `f` test
    all entries of `g` at once, however many there are: with a random `v` a wrong
    entry has no place to hide.

    Args:
        f: maps an array of `x`'s shape to one number.
        x: any shape, float64.
        v: `x`'s shape; need not have length 1, the slope scales with it.
        h: half the distance between the two evaluations, in units of `v`.

    Raises:
        ValueError: if `v` and `x` differ in shape, or `f` returns more than a number.

    Ref: syllabus T09.16.
    """
    x = np.array(x, dtype=np.float64)
    v = np.array(v, dtype=np.float64)
    if v.shape != x.shape:
        raise ValueError(
            f"direction v has shape {v.shape}, expected {x.shape}, the shape of x"
        )
    return (_number(f(x + h * v)) - _number(f(x - h * v))) / (2 * h)


def relative_error(a: ArrayLike, n: ArrayLike, floor: float = FLOOR) -> float:
    """Return the largest relative difference between two gradients.

    Entry by entry it is `|a - n| / max(|a|, |n|)`, and 0 where both are 0. Rules of
    thumb in float64: 1e-7 is good, 1e-4 is suspicious (or a kink), 1e-2 is wrong.
    Two gradients that are zero everywhere agree perfectly and prove nothing.

    Args:
        a: the analytic gradient, any shape.
        n: the numeric gradient, the same shape.
        floor: smallest denominator; keeps rounding noise in entries that should be
            0 from looking like an error of 100 %.

    Raises:
        ValueError: if the shapes differ; nothing is broadcast here.

    Ref: syllabus T09.16.
    """
    a = np.asarray(a, dtype=np.float64)
    n = np.asarray(n, dtype=np.float64)
    if a.shape != n.shape:
        raise ValueError(
            f"the gradients have shapes {a.shape} and {n.shape}, expected the same: "
            "a gradient has the shape of its parameter; is a transpose missing?"
        )
    if a.size == 0:
        return 0.0
    size = np.maximum(np.maximum(np.abs(a), np.abs(n)), floor)
    return float(np.max(np.abs(a - n) / size))


def _number(value: ArrayLike) -> float:
    """Return `value` as a float if it holds exactly one number."""
    array = np.asarray(value, dtype=np.float64)
    if array.size != 1:
        raise ValueError(
            f"f returned an array of shape {array.shape}, expected one number: "
            "a loss is a single value; sum it or take the mean"
        )
    return array.item()
