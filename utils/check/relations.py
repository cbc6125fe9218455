"""How one array differs from another: in sign, factor, order, axis, row or column.

A relation is claimed only if it explains every entry that is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from utils.gradcheck import FLOOR

Agree = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Takes two arrays, returns for every entry whether they agree there."""

MOST_LINES = 3
"""Wrong rows or columns that are listed by number; more are counted."""


def relative_errors(found: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return |found - wanted| / max(|found|, |wanted|), entry by entry.

    It is 0.5 where one is twice the other, 1 where one is 0, 2 where signs differ.
    """
    with np.errstate(invalid="ignore"):
        size = np.maximum(np.maximum(np.abs(found), np.abs(wanted)), FLOOR)
        return np.abs(found - wanted) / size


def describe(found: np.ndarray, wanted: np.ndarray, agree: Agree, differs: str) -> str:
    """Return what is wrong with ``found``, as the rest of a sentence about it.

    Args:
        found: what the student computed; some entry disagrees.
        wanted: what the witness says, of the same shape, finite.
        agree: when two numbers count as equal.
        differs: the verb, should no relation explain the difference.
    """
    wrong = ~agree(found, wanted)
    if not np.isfinite(found).all():
        return f"contains nan or inf {_place(~np.isfinite(found))}".rstrip()
    for text, other in _rearranged(wanted):
        if agree(found, other).all():
            return text
    manner = _manner(found[wrong], wanted[wrong], agree)
    if manner:
        silent = agree(wanted, np.zeros_like(wanted))  # 0 has neither sign nor factor
        if (wrong | silent).all():
            return f"{manner} {_place(wrong | silent)}".rstrip()
        return f"{manner} {_place(wrong)}; the rest agrees"
    pattern = _pattern(found, wanted, agree)
    if pattern:
        return pattern
    text = f"{differs} {_place(wrong)}".rstrip()
    if wrong.sum() > 1:
        errors = np.where(wrong, relative_errors(found, wanted), 0)
        worst = np.unravel_index(int(errors.argmax()), errors.shape)
        text += f", most of all at index {_index(worst)}"
    return text


def _rearranged(wanted: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the right numbers in wrong places, with the words for it."""
    if wanted.ndim == 2 and min(wanted.shape) > 1:
        rows, columns = wanted.shape
        if rows == columns:
            yield "is transposed", wanted.T
            if not np.allclose(wanted, wanted.T):
                yield "is transposed and has the opposite sign", -wanted.T
        else:
            poured = wanted.T.reshape(wanted.shape)
            yield "is transposed, and reshape hides it: use .T instead", poured
    for axis, length in enumerate(wanted.shape):
        if length > 1:
            yield f"runs backwards along axis {axis}", np.flip(wanted, axis)


def _manner(found: np.ndarray, wanted: np.ndarray, agree: Agree) -> str:
    """Return what all wrong entries have in common: zero, a sign, a factor."""
    if not found.any():
        return "is zero"
    if not wanted.any():
        return "should be zero"
    factor = float(np.sum(found * wanted) / np.sum(wanted * wanted))
    if not agree(found, factor * wanted).all():
        return ""
    size = abs(factor)
    times = max(size, 1 / size) if size else 0.0
    whole = np.isclose(times, round(times), rtol=1e-5, atol=0)
    if found.size == 1 and not (whole and times < 2.5):
        return ""  # one number is always some multiple of another
    sign = "has the opposite sign" if factor < 0 else ""
    if whole and round(times) == 1:
        return sign
    if whole and round(times) == 2:
        scale = "is twice too large" if size > 1 else "is half of what it should be"
    elif whole:
        scale = f"is {round(times)} times too {'large' if size > 1 else 'small'}"
    else:
        scale = f"is {size:.4g} times what it should be"
    return f"{sign} and {scale}" if sign else scale


def _pattern(found: np.ndarray, wanted: np.ndarray, agree: Agree) -> str:
    """Return what an array of wrong numbers looks like as a whole."""
    if found.size < 2:
        return ""
    if agree(found, np.full_like(found, found.flat[0])).all():
        sums = np.array([wanted.sum(), wanted.mean()])
        said = "holds the same number everywhere"
        if agree(np.full(2, found.flat[0]), sums).any():
            said += ": was it summed over all entries?"
        return said
    if found.ndim == 2:
        for axis, lines in ((0, "rows"), (1, "columns")):
            first = np.broadcast_to(found.take([0], axis=axis), found.shape)
            if found.shape[axis] > 1 and agree(found, first).all():
                return f"has {lines} that are all equal: was axis {axis} summed or lost?"
        for axis, line in ((1, "row"), (0, "column")):
            if found.shape[axis] > 1 and _scaled_lines(found, wanted, agree, axis):
                return f"is right but for a wrong factor in each {line}"
    ordered = np.sort(found, axis=None), np.sort(wanted, axis=None)
    if agree(*ordered).all():
        return "holds the right numbers in a wrong order"
    return ""


def _scaled_lines(found: np.ndarray, wanted: np.ndarray, agree: Agree, axis: int) -> bool:
    """Return whether each line along ``axis`` is a multiple of the right one."""
    filled = np.count_nonzero(wanted, axis=axis)
    if (filled == 1).any() or not filled.any():
        return False  # one number is always some multiple of another
    products = np.sum(found * wanted, axis=axis, keepdims=True)
    squares = np.sum(wanted * wanted, axis=axis, keepdims=True)
    factors = products / np.where(squares == 0, 1, squares)
    return bool(agree(found, factors * wanted).all())


def _place(marked: np.ndarray) -> str:
    """Return where the marked entries lie: everywhere, in a row, at an index."""
    if marked.size == 1:
        return ""
    if marked.all():
        return "everywhere"
    if marked.sum() == 1:
        return f"in 1 of {marked.size} entries, at index {_index(np.argwhere(marked)[0])}"
    if marked.ndim == 2:
        for axis, line in ((1, "row"), (0, "column")):
            lines, length = marked.all(axis=axis), marked.shape[axis]
            if length > 1 and marked.sum() == lines.sum() * length:
                return _lines(np.flatnonzero(lines), len(lines), line)
    return f"in {int(marked.sum())} of {marked.size} entries"


def _lines(numbers: np.ndarray, count: int, line: str) -> str:
    """Return rows or columns by number, or how many they are."""
    if len(numbers) > MOST_LINES:
        return f"in {len(numbers)} of {count} {line}s, from {line} {numbers[0]} on"
    names = (
        " and ".join(map(str, numbers))
        if len(numbers) < 3
        else ", ".join(map(str, numbers))
    )
    return f"in {line}{'s' if len(numbers) > 1 else ''} {names}"


def _index(index: object) -> list[int]:
    return [int(i) for i in index]  # type: ignore[attr-defined]
