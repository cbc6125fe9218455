"""Circuits: what is written on the wires, and where."""

import pytest

from utils import plotting
from utils.plotting.page import GREEN, INK, RED

PLACES = {"x": (0, 1), "y": (0, 0), "s": (2, 0.5)}
WIRES = [("x", "s"), ("y", "s")]


@pytest.fixture
def ax():
    return plotting.figure()[1]


def written(ax, colour):
    return [t.get_text() for t in ax.texts if t.get_color() == colour]


def test_values_are_green_and_slopes_red(ax):
    plotting.draw_circuit(
        ax,
        PLACES,
        WIRES,
        signs={"s": "×"},
        values={"x": 2, "y": -3, "s": -6},
        slopes={"s": 1, "x": -3, "y": 2},
    )
    assert written(ax, GREEN) == ["2", "\N{MINUS SIGN}3", "$s$ = \N{MINUS SIGN}6"]
    assert written(ax, RED) == ["\N{MINUS SIGN}3", "2", "1"]


def test_a_slope_stands_below_its_value(ax):
    plotting.draw_circuit(
        ax, PLACES, WIRES, signs={"s": "+"}, values={"x": 5}, slopes={"x": 7}
    )
    heights = {t.get_text(): t.get_position()[1] for t in ax.texts}
    assert heights["7"] < heights["5"]


def test_a_value_that_is_not_known_yet_leaves_the_name(ax):
    plotting.draw_circuit(ax, PLACES, WIRES, signs={"s": "+"}, values={"x": 5})
    assert "$s$" in written(ax, INK)
    assert written(ax, RED) == []


def test_a_number_used_twice_has_a_slope_on_each_wire(ax):
    places = {"t": (0, 0), "p": (1, 1), "q": (1, -1), "y": (2, 0)}
    wires = [("t", "p"), ("t", "q"), ("p", "y"), ("q", "y")]
    slopes = {("t", "p"): 8, ("t", "q"): 9}
    signs = {"p": "a", "q": "b", "y": "×"}
    plotting.draw_circuit(ax, places, wires, signs=signs, slopes=slopes)
    assert written(ax, RED) == ["8", "9"]
