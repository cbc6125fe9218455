"""Computation graphs: each box says what it was given, each edge points where it flows."""

import pytest
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from utils import plotting

TABLE = {"x": (), "y": (), "p": ("x", "y"), "r": ("p", "x")}


@pytest.fixture
def ax():
    """Return axes to draw on."""
    return plotting.figure()[1]


def texts(ax):
    """Return the texts of an axes."""
    return [text.get_text() for text in ax.texts]


def patches(ax, kind):
    """Return the boxes or the arrows of an axes."""
    return [patch for patch in ax.patches if isinstance(patch, kind)]


def hex_colour(patch):
    """Return the edge colour of a patch as the palette writes it."""
    from matplotlib.colors import to_hex

    return to_hex(patch.get_edgecolor()).upper()


def test_one_box_per_node_and_one_arrow_per_edge(ax):
    plotting.draw_graph(ax, TABLE)
    assert len(patches(ax, FancyBboxPatch)) == 4
    assert len(patches(ax, FancyArrowPatch)) == 4
    assert sorted(texts(ax)) == ["p", "r", "x", "y"]


def test_values_and_gradients_stand_below_the_label(ax):
    plotting.draw_graph(
        ax, {"x": ()}, labels={"x": "input"}, values={"x": 0.5}, gradients={"x": -2}
    )
    assert texts(ax) == ["input", "= 0.5", "grad \N{MINUS SIGN}2"]
    heights = [text.get_position()[1] for text in ax.texts]
    assert heights == sorted(heights, reverse=True)


def test_a_gradient_of_zero_is_written_and_a_missing_one_is_not(ax):
    plotting.draw_graph(ax, TABLE, gradients={"x": 0})
    assert [text for text in texts(ax) if "grad" in text] == ["grad 0"]


def test_a_node_without_a_value_yet_is_grey(ax):
    plotting.draw_graph(ax, TABLE, values={"x": 1, "y": 2})
    grey = [t.get_text() for t in ax.texts if t.get_color() == plotting.GREY]
    assert grey == ["p", "r"]


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
def test_only_the_edges_of_the_node_at_work_are_coloured(ax, backward):
    plotting.draw_graph(ax, TABLE, marked=["p"], backward=backward)
    wanted = plotting.RED if backward else plotting.BLUE
    arrows = patches(ax, FancyArrowPatch)
    assert [hex_colour(arrow) == wanted for arrow in arrows] == [True, True, False, False]
    lines = {arrow.get_linestyle() for arrow in arrows[:2]}
    assert (lines != {"-"}) == backward


def test_a_backward_arrow_starts_at_the_node_and_ends_at_its_input(ax):
    plotting.draw_graph(ax, {"x": (), "p": "x"}, marked=["p"], backward=True)
    [arrow] = patches(ax, FancyArrowPatch)
    along = arrow.get_path().vertices[:, 0]
    assert along[0] > along[-1]


def test_slopes_stand_on_their_edges(ax):
    plotting.draw_graph(ax, {"x": (), "p": "x"}, slopes={("x", "p"): 3})
    [slope] = [text for text in ax.texts if text.get_text() == "3"]
    places = {text.get_text(): text.get_position()[0] for text in ax.texts}
    assert places["x"] < slope.get_position()[0] < places["p"]


def test_an_input_used_twice_is_drawn_as_two_bent_arrows(ax):
    plotting.draw_graph(ax, {"x": (), "p": "xx"})
    above, below = patches(ax, FancyArrowPatch)
    assert above.get_connectionstyle().rad == -below.get_connectionstyle().rad != 0
