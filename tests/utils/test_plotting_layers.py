"""Layers: an arrow is a filled field, and shares in a histogram sum to one."""

import numpy as np
import pytest

from utils import plotting


def test_field_is_filled_where_an_arrow_runs_to_row_from_column():
    _, ax = plotting.figure()
    links = np.zeros((3, 3))
    links[2, 0] = 5  # to unit 2, from unit 0
    plotting.draw_adjacency(ax, links, ["a", "b", "c"], [2, 1])
    assert np.argwhere(ax.images[0].get_array()).tolist() == [[2, 0]]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("from", "to")


def test_layers_are_separated_by_thick_lines():
    _, ax = plotting.figure()
    plotting.draw_adjacency(ax, np.zeros((3, 3)), ["a", "b", "c"], [2, 1])
    widths = [line.get_linewidth() for line in ax.lines[::2]]  # the horizontal ones
    thin = min(widths)
    assert [width > thin for width in widths] == [True, False, True, True]


def test_shares_of_a_histogram_sum_to_one_with_outliers_at_the_ends():
    _, axes = plotting.figure(6, 2, 1, 2)
    plotting.draw_histograms(axes, [[[-9.0, 0.0], [0.0, 9.0]], [0.5]], ["a", "b"])
    shares = [bar.get_height() for bar in axes[0].patches]
    assert sum(shares) == pytest.approx(1)
    assert (shares[0], max(shares), shares[-1]) == (0.25, 0.5, 0.25)


def test_histograms_share_one_scale():
    _, axes = plotting.figure(6, 2, 1, 2)
    plotting.draw_histograms(axes, [np.zeros(4), np.linspace(-1, 1, 99)], ["a", "b"])
    assert axes[0].get_ylim() == axes[1].get_ylim() == (0, 1.05)
