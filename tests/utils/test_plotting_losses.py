"""Pictures of losses: what is written is what was given, and the star is the minimum."""

import numpy as np
import pytest

from utils import plotting


@pytest.fixture
def ax():
    return plotting.figure()[1]


def texts(ax):
    """Return the visible texts of an axes."""
    return [text.get_text() for text in ax.texts]


def test_bars_are_as_long_as_the_probabilities(ax):
    plotting.draw_probabilities(ax, [0.3, 0.3, 0.4], ["a", "b", "c"])
    assert [bar.get_width() for bar in ax.patches] == [0.3, 0.3, 0.4]
    assert texts(ax) == ["0.300", "0.300", "0.400"]


def test_only_the_bar_of_the_target_is_blue(ax):
    plotting.draw_probabilities(ax, [0.3, 0.3, 0.4], ["a", "b", "c"], target=2)
    hatches = [bar.get_hatch() for bar in ax.patches]
    assert hatches == ["///", "///", None]


def test_first_name_stands_on_top(ax):
    plotting.draw_probabilities(ax, [0.5, 0.5], ["first", "second"])
    bottom, top = ax.get_ylim()
    assert bottom > top
    assert [label.get_text() for label in ax.get_yticklabels()] == ["first", "second"]


def test_signed_matrix_writes_every_number_at_its_place(ax):
    plotting.draw_signed(ax, [[0.25, -1.0], [0.0, 0.5]], ["r", "s"], ["c", "d"])
    found = {text.get_position(): text.get_text() for text in ax.texts}
    assert found[(0, 0)] == "0.25"
    assert found[(1, 0)] == "\N{MINUS SIGN}1"  # column 1 of row 0


def test_zero_is_the_middle_of_the_colours(ax):
    image = plotting.draw_signed(ax, [[2.0, -1.0]], ["r"], ["c", "d"])
    assert image.get_clim() == (-2.0, 2.0)
    assert image.norm(0.0) == 0.5


def test_colours_can_be_fixed_for_comparison(ax):
    image = plotting.draw_signed(ax, [[0.1]], ["r"], ["c"], largest=0.25)
    assert image.get_clim() == (-0.25, 0.25)


def test_matrix_of_zeros_can_be_drawn(ax):
    plotting.draw_signed(ax, np.zeros((2, 2)), ["r", "s"], ["c", "d"])
    assert set(texts(ax)) == {"0"}


def test_star_stands_at_the_minimum(ax):
    def bowl(w):
        return (w[:, 0] - 1) ** 2 + (w[:, 1] + 2) ** 2

    assert plotting.draw_loss_surface(ax, bowl) == pytest.approx((1, -2), abs=0.031)
    assert ax.lines[0].get_xydata()[0] == pytest.approx((1, -2), abs=0.031)


def test_star_stands_in_the_middle_of_equally_good_points(ax):
    def mistakes(w):
        return 1.0 - ((w[:, 0] > 0.5) & (np.abs(w[:, 1]) < 1))

    u, v = plotting.draw_loss_surface(ax, mistakes)
    assert (u, v) == pytest.approx((1.8, 0), abs=0.1)
    assert mistakes(np.array([[u, v]])) == 0


def test_low_is_dark(ax):
    plotting.draw_loss_surface(ax, lambda w: (w**2).sum(axis=1))
    colours = ax.collections[0].cmap(np.linspace(0, 1, 5))[:, :3].sum(axis=1)
    assert np.all(np.diff(colours) > 0)
