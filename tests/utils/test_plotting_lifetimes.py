"""Lifetimes: bars as long as the lives, coloured by their kind."""

import pytest

from utils import plotting

LIVES = [("old", 2007, 2017), ("alive", 2016, None)]


def drawn(**more):
    """Return axes with one life that has ended and one that has not."""
    _, ax = plotting.figure(6, 2)
    plotting.draw_lifetimes(ax, LIVES, 2025, **more)
    return ax


def test_a_bar_is_as_long_as_the_life():
    bars = [(bar.get_x(), bar.get_width()) for bar in drawn().patches]
    assert bars == [(2007, 10), (2016, 9)]


def test_the_first_life_stands_on_top():
    bottom, top = drawn().get_ylim()
    assert bottom > top


def test_only_the_open_life_has_an_arrow():
    assert [line.get_marker() for line in drawn().lines] == [">"]


def test_kinds_differ_in_colour_and_hatch_and_are_named():
    ax = drawn(kinds={"old": "static", "alive": "dynamic"})
    first, second = ax.patches
    assert first.get_facecolor()[:3] != second.get_facecolor()[:3]
    assert first.get_hatch() != second.get_hatch()
    named = [text.get_text() for text in ax.get_legend().get_texts()]
    assert named == ["static", "dynamic"]


def test_without_kinds_there_is_no_legend():
    assert drawn().get_legend() is None


def test_an_end_before_the_beginning_is_refused():
    _, ax = plotting.figure()
    with pytest.raises(ValueError, match="'late' would end in 1999"):
        plotting.draw_lifetimes(ax, [("late", 2001, 1999)], 2025)
