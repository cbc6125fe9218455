"""Arrays as fields: the right number in the right field, and no more than is asked."""

import numpy as np
import pytest

from utils import plotting

A = np.array([[1, 2, 0], [0, 1, -1]])
B = np.array([[2, 1, 0, 1], [1, 0, 3, -1], [0, 2, 1, 4]])


def at(ax, x, y):
    """Return what is written in the field whose centre is (x, y)."""
    [found] = [t.get_text() for t in ax.texts if t.get_position() == (x, y)]
    return found


def test_rows_go_down_and_columns_to_the_right():
    _, ax = plotting.figure()
    plotting.draw_array(ax, [[1, 2, 3], [4, 5, 6]])
    assert at(ax, 0.5, -0.5) == "1"
    assert at(ax, 2.5, -1.5) == "6"


def test_a_marked_row_is_filled():
    _, ax = plotting.figure()
    plotting.draw_array(ax, [[1, 2], [4, 5]], marked=[[0], [1]])
    filled = [p.get_y() for p in ax.patches if p.get_facecolor()[:3] != (1, 1, 1)]
    assert filled == [-2, -2]


@pytest.mark.parametrize("entry", [0, 5, 7])
def test_product_shows_the_entries_up_to_the_current_one(entry):
    _, ax = plotting.figure()
    plotting.draw_product(ax, A, B, entry)
    shown = [at(ax, j + 0.5, -i - 0.5) for i in range(2) for j in range(4)]
    wanted = [plotting.number(c) for c in (A @ B).ravel()]
    assert shown == wanted[: entry + 1] + [""] * (7 - entry)


@pytest.mark.parametrize(
    ("b", "copies"),
    [([1, 2, 3], 9), ([[1], [2], [3], [4]], 8), ([[1]], 11), (np.ones((4, 3)), 0)],
    ids=["row", "column", "one", "full"],
)
def test_broadcast_draws_imagined_copies_dashed(b, copies):
    _, ax = plotting.figure()
    plotting.draw_broadcast(ax, np.zeros((4, 3)), b)
    assert sum(p.get_linestyle() == "--" for p in ax.patches) == copies


def test_what_does_not_broadcast_is_refused():
    _, ax = plotting.figure()
    with pytest.raises(ValueError, match="broadcast"):
        plotting.draw_broadcast(ax, np.zeros((4, 3)), np.zeros((3, 1)))


@pytest.mark.parametrize("shape", [(), (4,), (4, 4), (4, 4, 5)], ids=str)
def test_a_shape_has_one_field_for_each_entry(shape):
    _, ax = plotting.figure()
    plotting.draw_shape(ax, shape, "tensor")
    assert len(ax.patches) == np.prod(shape)
