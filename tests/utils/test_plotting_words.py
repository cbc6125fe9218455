"""Words stand at their points, bars and sentences show what they were given."""

import itertools

import numpy as np
import pytest
from matplotlib.colors import same_color

from utils import plotting


@pytest.fixture
def ax():
    return plotting.figure()[1]


def texts(ax):
    """Return the visible texts of an axes."""
    return [text.get_text() for text in ax.texts if text.get_text()]


def test_every_word_stands_beside_its_point(ax):
    points = [[0.0, 0.0], [1.0, 2.0]]
    plotting.draw_words(ax, points, ["left", "right"])
    assert [line.get_xydata()[0].tolist() for line in ax.lines] == points
    assert {note.get_text(): list(note.xy) for note in ax.texts} == {
        "left": points[0],
        "right": points[1],
    }


def test_words_of_a_group_share_a_colour(ax):
    plotting.draw_words(ax, np.eye(3, 2), ["a", "b", "c"], groups=[0, 1, 0])
    a, b, c = (line.get_color() for line in ax.lines)
    assert same_color(a, c)
    assert not same_color(a, b)


def test_arrows_run_from_word_to_word(ax):
    plotting.draw_words(ax, [[0, 0], [1, 1]], ["a", "b"], arrows=[(0, 1)])
    arrow = next(note for note in ax.texts if note.arrow_patch)
    assert (list(arrow.xyann), list(arrow.xy)) == ([0, 0], [1, 1])


def test_labels_of_neighbours_do_not_cover_each_other():
    fig, ax = plotting.figure(5, 4)
    points = [[0, 0], [0.02, 0.01], [0.01, 0.03], [1, 1]]
    plotting.draw_words(ax, points, ["word"] * 4)
    fig.draw_without_rendering()
    boxes = [note.get_window_extent() for note in ax.texts]
    assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))


def test_one_word_alone_can_be_drawn(ax):
    plotting.draw_words(ax, [[2.0, 3.0]], ["alone"])
    assert texts(ax) == ["alone"]


def test_sections_have_one_bar_per_column_the_first_on_top(ax):
    plotting.draw_sections(ax, ["s", "t"], {"one": [0.1, 0.2], "two": [0.3, 0.4]})
    assert [bar.get_width() for bar in ax.patches] == [0.1, 0.2, 0.3, 0.4]
    assert ax.patches[0].get_y() < ax.patches[2].get_y() < ax.patches[1].get_y()
    bottom, top = ax.get_ylim()
    assert bottom > top


def test_names_are_coloured_and_labelled_other_words_plain(ax):
    plotting.draw_sentence(ax, ["Paris", "Hilton", "sang"], ["PER", "PER", "O"])
    assert texts(ax) == ["PER", "Paris", "PER", "Hilton", "sang"]
    assert len(ax.patches) == 2


def test_words_stand_in_order_and_chinese_letters_take_more_room(ax):
    plotting.draw_sentence(ax, ["ab", "cd", "小米", "e"], ["O"] * 4)
    places = [text.get_position()[0] for text in ax.texts]
    latin, mixed, _ = np.diff(places)
    assert 0 < latin < mixed


def test_window_is_a_frame_from_the_first_word_to_the_last(ax):
    plotting.draw_sentence(ax, ["a", "b", "c"], ["O", "O", "O"], window=(1, 2))
    (frame,) = ax.patches
    a, b, c = (text.get_position()[0] for text in ax.texts)
    assert a < frame.get_x() < b < c < frame.get_x() + frame.get_width()
