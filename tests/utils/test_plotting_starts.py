"""Drawings of how a network starts show what they are given."""

import numpy as np

from utils import plotting


def test_sizes_beyond_the_frame_lie_on_it():
    _, ax = plotting.figure(3, 2)
    plotting.draw_sizes(ax, [1.0, 0.1, 1e-20], [1e9, 2.0, 1.0])
    signal, error = ax.lines[:2]
    assert signal.get_ydata().tolist() == [1.0, 0.1, 1e-8]
    assert error.get_ydata().tolist() == [1e6, 2.0, 1.0]
    assert ax.get_ylim() == (1e-8, 1e6)
    assert [line.get_label() for line in (signal, error)] == ["signal", "error"]


def test_a_walk_has_a_path_a_dot_and_a_star_for_each_unit():
    _, ax = plotting.figure(3, 2)
    walk = np.arange(12.0).reshape(3, 2, 2)  # (steps, h, 2)
    plotting.draw_walk(ax, walk)
    path, dot, star = ax.lines[:3]
    assert len(ax.lines) == 6
    assert np.array_equal(path.get_xydata(), walk[:, 0])
    assert np.array_equal(dot.get_xydata(), walk[:1, 0])
    assert np.array_equal(star.get_xydata(), walk[-1:, 0])


def test_a_line_lies_where_the_sum_is_zero():
    _, ax = plotting.figure(3, 2)
    plotting.draw_unit_lines(ax, [[3.0, 4.0]], [-5.0])
    (line,) = ax.lines
    for point in (line.get_xy1(), line.get_xy2()):
        assert np.isclose(np.dot([3.0, 4.0], point) - 5.0, 0)
