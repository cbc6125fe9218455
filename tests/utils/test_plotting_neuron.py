"""Neurons, their wiring, and the line of the perceptron: drawings that do not lie."""

import numpy as np
import pytest

from utils import plotting

MINUS = "\N{MINUS SIGN}"


@pytest.fixture
def ax():
    """Return axes to draw on."""
    return plotting.figure()[1]


def texts(ax):
    """Return the visible texts of an axes."""
    return [text.get_text() for text in ax.texts if text.get_text()]


def arrows(ax):
    """Return the arrows of an axes."""
    return [text.arrow_patch for text in ax.texts if getattr(text, "arrow_patch", None)]


def marked(ax, label):
    """Return the points drawn under `label`."""
    [line] = [line for line in ax.lines if line.get_label() == label]
    return line.get_xydata().tolist()


def test_neuron_shows_inputs_weights_sum_and_output(ax):
    plotting.draw_neuron(ax, [1, 2], [0.5, -0.75], 0.25, 0.32)
    shown = {"$x_{1}$ = 1", "$x_{2}$ = 2", "$w_{1}$ = 0.5", f"$w_{{2}}$ = {MINUS}0.75"}
    assert shown | {"$b$ = 0.25", "$a$ = 0.32"} <= set(texts(ax))
    assert f"sum\n$z$ = {MINUS}0.75" in texts(ax)


def test_neuron_colours_what_an_input_adds_not_its_weight(ax):
    """A negative weight on a negative input raises the sum."""
    plotting.draw_neuron(ax, [-1, 1, 0], [-2, -2, 5], 1.0, 0.5)
    colours = [plotting.BLUE, plotting.RED, plotting.GREY, plotting.BLUE]
    drawn = [arrow.get_edgecolor() for arrow in arrows(ax)[:4]]
    from matplotlib.colors import to_rgba

    assert drawn == [to_rgba(colour) for colour in colours]


def test_neuron_of_zeros_can_be_drawn(ax):
    plotting.draw_neuron(ax, [0, 0], [1, 1], 0.0, 0.5)
    assert "sum\n$z$ = 0" in texts(ax)


def test_topology_draws_one_arrow_per_link_from_source_to_target(ax):
    links = np.zeros((3, 3))
    links[2, 0] = 1
    plotting.draw_topology(ax, links, [(0, 0), (0, 1), (2, 0)])
    [arrow] = [text for text in ax.texts if getattr(text, "arrow_patch", None)]
    assert (arrow.xyann, arrow.xy) == ((0, 0), (2, 0))
    assert len(ax.patches) == 3


def test_topology_tells_loops_from_one_way_links(ax):
    links = np.array([[1, 0, 0], [1, 0, 1], [0, 1, 0]])
    plotting.draw_topology(ax, links, [(0, 0), (1, 0), (2, 0)])
    dashed = [arrow.get_linestyle() != "-" for arrow in arrows(ax)]
    assert dashed == [True, False, True, True]


def test_boundary_runs_where_the_sum_is_zero(ax):
    w, b = np.array([3.0, -2.0]), 1.5
    plotting.draw_boundary(ax, w, b, [[0, 0]], [1])
    line = next(line for line in ax.lines if hasattr(line, "get_slope"))
    points = np.array([line.get_xy1(), line.get_xy2()])
    assert np.allclose(points @ w + b, 0)
    assert not np.allclose(*points)


def test_boundary_marks_what_is_wrong_or_undecided(ax):
    X = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 0.0]])
    plotting.draw_boundary(ax, [1.0, 0.0], -0.5, X, np.array([1, 1, 1]))
    assert marked(ax, "wrong") == [[0.0, 0.0], [0.5, 0.0]]


def test_boundary_tells_classes_by_marker_and_fills_the_positive_side(ax):
    X, y = np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([-1, 1])
    plotting.draw_boundary(ax, [1.0, 1.0], -1.0, X, y)
    assert marked(ax, "target +1") == [[1.0, 1.0]]
    assert marked(ax, f"target {MINUS}1") == [[0.0, 0.0]]
    assert len({line.get_marker() for line in ax.lines[-3:]}) == 3


def test_zero_weights_have_no_boundary(ax):
    zero = np.zeros(2)
    plotting.draw_boundary(ax, zero, 0.0, [[0, 0]], [1], before=(zero, 1.0))
    assert "w = 0: no line" in texts(ax)
    assert not ax.collections
    assert not any(hasattr(line, "get_slope") for line in ax.lines)


def test_margins_hatch_what_is_not_right(ax):
    plotting.draw_margins(ax, [2.0, -1.0, 0.0], ["a", "b", "c"], current=1)
    bars = [bar for container in ax.containers for bar in container]
    assert [bar.get_width() for bar in bars] == [2.0, -1.0, 0.0]
    assert [bool(bar.get_hatch()) for bar in bars] == [False, True, True]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["a", "b", "c"]
