"""Boxes of factors: sizes that agree, and sizes that do not."""

import numpy as np
import pytest

from utils import plotting


def filled(ax):
    """Return how many fields are filled."""
    return sum(p.get_facecolor()[:3] != (1, 1, 1) for p in ax.patches)


def texts(ax):
    """Return all that is written."""
    return [t.get_text() for t in ax.texts]


def test_every_entry_of_factors_and_product_has_a_field():
    _, ax = plotting.figure()
    factors = [("A", np.ones((2, 3))), ("B", np.ones((3, 4)))]
    assert plotting.draw_factors(ax, factors, "C")
    assert len(ax.patches) == filled(ax) == 6 + 12 + 8
    assert {"A", "B", "C"} < set(texts(ax))


def test_zeros_stay_empty_also_in_the_product():
    _, ax = plotting.figure()
    plotting.draw_factors(ax, [("u", np.ones((1, 3))), ("D", np.diag([1, 0, 2]))], "d")
    assert filled(ax) == 3 + 2 + 2


def test_a_pattern_that_cancels_is_still_drawn_as_possible():
    _, ax = plotting.figure()
    plotting.draw_factors(ax, [("u", [[1, -1]]), ("v", [[1], [1]])], "s")
    assert filled(ax) == 2 + 2 + 1


@pytest.mark.parametrize("inner", [1, 2, 4])
def test_sizes_that_differ_have_no_product(inner):
    _, ax = plotting.figure()
    factors = [("A", np.ones((2, 3))), ("B", np.ones((inner, 4)))]
    assert not plotting.draw_factors(ax, factors, "C")
    assert "C" not in texts(ax)
    assert "no product" in texts(ax)
    assert [line.get_linestyle() for line in ax.lines] == ["--"]


def test_a_row_may_be_given_as_a_vector():
    _, ax = plotting.figure()
    assert plotting.draw_factors(ax, [("u", [1, 2, 3]), ("W", np.ones((3, 2)))], "g")
