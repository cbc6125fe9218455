"""Norms by depth: relative to the top layer, geometric mean, range as a band."""

import numpy as np
import pytest

from utils import plotting


def drawn(norms):
    _, ax = plotting.figure()
    plotting.draw_norms(ax, norms)
    return ax


def test_norms_are_relative_to_the_top_layer_and_layer_one_is_left():
    line = drawn({"tanh": [2.0, 3.0, 4.0]}).lines[0]
    assert line.get_xdata().tolist() == [1, 2, 3]
    assert line.get_ydata() == pytest.approx([0.5, 0.75, 1.0])


def test_several_seeds_give_their_geometric_mean_and_a_band():
    ax = drawn({"tanh": [[1.0, 1.0], [100.0, 1.0]]})
    assert ax.lines[0].get_ydata() == pytest.approx([10, 1])
    heights = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert (heights.min(), heights.max()) == (1, 100)


def test_one_seed_has_no_band_and_the_scale_is_logarithmic():
    ax = drawn({"relu": np.ones(4)})
    assert not ax.collections
    assert ax.get_yscale() == "log"


def test_lines_differ_in_colour_style_and_marker():
    first, second, _ = drawn({"a": [1.0, 2.0], "b": [2.0, 1.0]}).lines
    assert first.get_color() != second.get_color()
    assert first.get_linestyle() != second.get_linestyle()
    assert first.get_marker() != second.get_marker()
