"""Drawings of many layers' histograms."""

import numpy as np
import pytest

from utils import plotting


def stairs(ax):
    return [patch.get_data().values for patch in ax.patches]


def test_one_histogram_per_layer_the_first_at_the_bottom():
    fig, ax = plotting.figure(4, 3)
    plotting.draw_ridges(ax, [np.linspace(-1, 1, 61), [0.0]], ["1", "2"], -1, 1)
    first, second = stairs(ax)
    assert first.min() >= 0
    assert second.min() == 1
    assert second.max() == pytest.approx(1.85)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["1", "2"]
    plotting.show(fig, "two layers")


def test_values_beyond_the_ends_are_not_lost():
    _, ax = plotting.figure(4, 3)
    plotting.draw_ridges(ax, [[-9.0, 9.0]], ["1"], -1, 1)
    (heights,) = stairs(ax)
    assert np.flatnonzero(heights).tolist() == [0, len(heights) - 1]


def test_log_scale_shows_sizes_and_leaves_zeros_out():
    _, ax = plotting.figure(4, 3)
    plotting.draw_ridges(ax, [[0.0, -0.1, 0.1], [0.0]], [1, 20], 1e-4, 1.0, log=True)
    first, second = stairs(ax)
    assert len(np.flatnonzero(first)) == 1, "a size, whatever the sign"
    assert set(second) == {1.0}, "nothing but zeros: a flat line"
    assert ax.get_xlim() == (-4, 0)
    assert [label.get_text() for label in ax.get_xticklabels()][-1] == "$10^{0}$"
