"""Curves of activation functions: the slope that is drawn is the slope that is meant."""

import numpy as np
import pytest

from utils import plotting


def relu(z):
    return np.maximum(0, z)


def relu_slope(z):
    return (z > 0).astype(float)


@pytest.fixture
def ax():
    """Return axes to draw on."""
    return plotting.figure()[1]


def curve(ax, label):
    """Return the points of the line with this label."""
    [line] = [line for line in ax.lines if line.get_label() == label]
    return line.get_xydata().T


def test_function_and_slope_are_drawn_and_named(ax):
    plotting.draw_with_slope(ax, np.sin, np.cos, low=-2, high=2, name="g")
    z, values = curve(ax, "$g(z)$")
    assert (z[0], z[-1]) == (-2, 2)
    assert np.allclose(values, np.sin(z))
    assert np.allclose(curve(ax, "slope $g'(z)$")[1], np.cos(z))


def test_function_and_slope_differ_in_colour_and_line(ax):
    plotting.draw_with_slope(ax, np.sin, np.cos)
    value, slope = ax.lines[-2:]
    assert value.get_color() != slope.get_color()
    assert value.get_linestyle() != slope.get_linestyle()


def test_a_jump_of_the_slope_leaves_a_gap_and_no_steep_line(ax):
    plotting.draw_with_slope(ax, relu, relu_slope, jumps=(0.0,))
    z, slopes = curve(ax, "slope $f'(z)$")
    assert np.isnan(slopes[np.abs(z) < 1e-9]).all()
    steps = np.abs(np.diff(slopes))
    assert np.nanmax(steps) == 0
    assert np.isnan(slopes).sum() <= 3


def test_tangent_touches_with_the_slope_and_keeps_the_view(ax):
    plotting.draw_with_slope(ax, np.square, lambda z: 2 * z)
    limits = ax.get_xlim(), ax.get_ylim()
    plotting.draw_tangent(ax, np.square, lambda z: 2 * z, 0.5)
    tangent = next(line for line in ax.lines if hasattr(line, "get_slope"))
    assert tuple(tangent.get_xy1()) == (0.5, 0.25)
    assert tangent.get_slope() == 1.0
    assert (ax.get_xlim(), ax.get_ylim()) == limits
    assert ax.get_title() == "z = 0.5,   value 0.25,   slope 1"
