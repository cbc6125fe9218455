"""Pictures of derivatives: what is drawn is where the derivative puts it."""

import numpy as np
import pytest

from utils import plotting

A = np.array([[2.0, 1.0], [0.0, 3.0]])


def test_a_linear_map_is_its_own_parallelogram():
    _, axes = plotting.figure(6, 3, 1, 2)
    at = np.array([0.5, -1.0])
    corners = plotting.draw_map(axes, lambda x: A @ x, A, at, side=0.5)
    square = at + 0.5 * np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    assert np.allclose(corners, square @ A.T)


def test_the_columns_of_the_jacobian_are_the_sides():
    _, axes = plotting.figure(6, 3, 1, 2)
    corners = plotting.draw_map(axes, np.tanh, A, np.zeros(2), side=1.0)
    assert np.allclose(corners[1] - corners[0], A[:, 0])
    assert np.allclose(corners[3] - corners[0], A[:, 1])


@pytest.mark.parametrize("x", [-0.5, 0.0, 2.0])
def test_microscope_shows_the_tangent_through_the_point(x):
    _, axes = plotting.figure(6, 3, 1, 2)
    plotting.draw_microscope(axes, lambda x: x**3, 3 * x**2, x, 0.1)
    tangent = axes[1].lines[1]
    step, change = tangent.get_xdata()[-1], tangent.get_ydata()[-1]
    assert np.isclose(change / step, 3 * x**2)
    assert axes[1].get_xlim() == (-0.1, 0.1)


def test_direction_marks_the_slope_of_the_chosen_step():
    _, axes = plotting.figure(6, 3, 1, 2)
    gradient = np.array([3.0, 4.0])
    plotting.draw_direction(axes, lambda a, b: a + b, (0, 0), gradient, 90)
    [dot] = [line for line in axes[1].lines if line.get_marker() == "o"]
    assert dot.get_xydata() == pytest.approx(np.array([[90, 4.0]]))
