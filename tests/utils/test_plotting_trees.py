"""Parse trees and the chart: every word in its place, every mark where it was asked."""

import pytest

from utils import plotting

NP = ("NP", ("DET", "the"), ("N", "girl"))
PP = ("PP", ("P", "with"), ("NP", ("DET", "a"), ("N", "telescope")))
ON_NOUN = ("NP", NP, PP)


def place(ax, text):
    """Return where the only text `text` stands."""
    [found] = [t.get_position() for t in ax.texts if t.get_text() == text]
    return found


def test_spans_count_words_from_the_left():
    assert plotting.tree_spans(PP, 2) == [
        (2, 5, "PP"),
        (2, 3, "P"),
        (3, 5, "NP"),
        (3, 4, "DET"),
        (4, 5, "N"),
    ]


def test_words_stand_in_one_row_in_their_order():
    _, ax = plotting.figure()
    plotting.draw_tree(ax, ON_NOUN)
    places = [place(ax, word) for word in ["the", "girl", "with", "a", "telescope"]]
    assert [x for x, _ in places] == [0, 1, 2, 3, 4]
    assert len({y for _, y in places}) == 1


def test_a_parent_stands_above_the_middle_of_its_children():
    _, ax = plotting.figure()
    plotting.draw_tree(ax, PP)
    assert place(ax, "NP") == (1.5, 1)
    assert place(ax, "PP") == (0.75, 2)


def test_only_the_marked_node_and_its_branch_are_red():
    _, ax = plotting.figure()
    plotting.draw_tree(ax, ON_NOUN, marked=[(2, 5, "PP")])
    red = [t.get_text() for t in ax.texts if t.get_color() == plotting.RED]
    thick = [line for line in ax.lines if line.get_color() == plotting.RED]
    assert red == ["PP"]
    assert [line.get_ydata()[0] for line in thick] == [3]


@pytest.mark.parametrize(("levels", "top"), [(0, 3), (5, 5)])
def test_levels_give_trees_the_same_scale(levels, top):
    _, ax = plotting.figure()
    plotting.draw_tree(ax, ON_NOUN, levels=levels)
    assert ax.get_ylim()[1] == pytest.approx(top + 0.62)


def test_chart_has_a_field_for_each_span_and_the_sentence_on_top():
    _, ax = plotting.figure()
    plotting.draw_chart(ax, ["the", "girl", "saw"], {(0, 3): "S"}, marked=[(0, 3)])
    assert len(ax.patches) == 6
    assert place(ax, "S") == (1.5, 3)
    wide = [p for p in ax.patches if p.get_linewidth() > 2]
    assert [p.get_y() for p in wide] == [pytest.approx(2.58)]
