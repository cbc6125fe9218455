"""A confusion matrix shows its counts: rows are the truth, columns the answers."""

import numpy as np
import pytest
from matplotlib.colors import same_color

from utils import plotting


@pytest.fixture
def ax():
    return plotting.figure()[1]


def test_counts_stand_in_the_row_of_the_truth_and_the_column_of_the_answer(ax):
    plotting.draw_confusion(ax, [[3, 1], [0, 4]], ["a", "b"])
    found = {text.get_position(): text.get_text() for text in ax.texts}
    assert found == {(0, 0): "3", (1, 0): "1", (0, 1): "", (1, 1): "4"}
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("answer", "truth")


def test_first_class_is_the_top_row(ax):
    plotting.draw_confusion(ax, np.eye(2, dtype=int), ["first", "second"])
    bottom, top = ax.get_ylim()
    assert bottom > top
    assert [label.get_text() for label in ax.get_yticklabels()] == ["first", "second"]


def test_mistakes_have_another_colour_and_empty_fields_none(ax):
    plotting.draw_confusion(ax, [[3, 1], [0, 4]], ["a", "b"])
    right, wrong, empty, _ = ax.patches
    assert not same_color(right.get_facecolor()[:3], wrong.get_facecolor()[:3])
    assert empty.get_alpha() == 0


def test_strength_is_the_share_of_the_row(ax):
    plotting.draw_confusion(ax, [[1, 3], [100, 0]], ["a", "b"])
    few, many, all_of_them, _ = (patch.get_alpha() for patch in ax.patches)
    assert few < many < all_of_them


def test_class_without_examples_can_be_drawn(ax):
    plotting.draw_confusion(ax, [[2, 0], [0, 0]], ["a", "b"])
    assert [text.get_text() for text in ax.texts] == ["2", "", "", ""]
