"""The timeline, the pendulum and the nested sets say what they are given."""

import itertools

import numpy as np
import pytest

from utils import plotting


def test_timeline_places_eras_and_events_at_their_years():
    _, ax = plotting.figure()
    plotting.draw_timeline(ax, [(1947, 1966, "pioneers")], [(1949, "Weaver")])
    [bar] = ax.patches
    assert (bar.get_x(), bar.get_width()) == (1947, 19)
    x = {text.get_text(): text.get_position()[0] for text in ax.texts}
    assert x == {"pioneers": 1956.5, "Weaver": 1949}


def test_neighbouring_events_differ_in_height():
    _, ax = plotting.figure()
    plotting.draw_timeline(ax, [], [(year, str(year)) for year in range(2018, 2023)])
    heights = [text.get_position()[1] for text in ax.texts]
    assert all(a != b for a, b in itertools.pairwise(heights))


@pytest.mark.parametrize(("swing", "side"), [(-1, -1), (0, 0), (1, 1)])
def test_pendulum_hangs_to_its_side(swing, side):
    _, ax = plotting.figure()
    plotting.draw_pendulum(ax, swing, "rules", "data")
    [(x, y)] = ax.lines[-1].get_xydata()
    assert np.sign(x) == side
    assert np.hypot(x, y) == pytest.approx(1)


def test_each_set_lies_within_the_one_before():
    _, ax = plotting.figure()
    plotting.draw_nested(ax, ["AI", "ML", "DL"], {"ML": "bigram"})
    boxes = [ellipse.get_extents().extents for ellipse in ax.patches]
    for (x0, y0, x1, y1), (u0, v0, u1, v1) in itertools.pairwise(boxes):
        assert x0 < u0
        assert u1 < x1
        assert y0 <= v0
        assert v1 < y1
    assert [text.get_text() for text in ax.texts] == ["AI", "", "ML", "bigram", "DL", ""]
