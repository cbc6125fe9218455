"""Lifetimes: bars as long as the lives, and claims that are marked right or wrong."""

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


def test_a_wrong_claim_gets_a_cross_and_a_right_one_a_dot():
    marks = drawn(claimed={"old": 2007, "alive": 2014}).lines
    assert [line.get_marker() for line in marks] == ["o", ">", "X"]


def test_an_end_before_the_beginning_is_refused():
    _, ax = plotting.figure()
    with pytest.raises(ValueError, match="'late' would end in 1999"):
        plotting.draw_lifetimes(ax, [("late", 2001, 1999)], 2025)
