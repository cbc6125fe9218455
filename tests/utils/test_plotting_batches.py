"""Padded batches: every field has its word, pads are hatched, rows their length."""

from matplotlib.patches import Rectangle

from utils import plotting

TOKENS = [["a", "b", "c"], ["d", "-", "-"]]
MASK = [[1, 1, 1], [1, 0, 0]]


def drawn():
    _, ax = plotting.figure()
    plotting.draw_padded(ax, TOKENS, MASK)
    return ax


def test_words_stand_in_reading_order():
    texts = {text.get_text(): text.get_position() for text in drawn().texts}
    (ax_, ay), (cx, cy), (dx, dy) = (texts[word] for word in "acd")
    assert ax_ < cx
    assert ay == cy > dy, "the first sentence is on top"
    assert dx == ax_


def test_only_padding_is_hatched():
    patches = [p for p in drawn().patches if isinstance(p, Rectangle)]
    assert sorted(p.get_xy() for p in patches if p.get_hatch()) == [(1, 0), (2, 0)]


def test_each_row_tells_its_length_in_the_right_number():
    texts = [text.get_text() for text in drawn().texts]
    assert texts[-2:] == ["3 words", "1 word"]
