"""The ring of a training loop: where the boxes stand, and which one is at work."""

import pytest
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from utils import plotting

STEPS = ["first", "second", "third", "fourth"]


def drawn(**more):
    """Return axes with the ring of four steps."""
    _, ax = plotting.figure(4, 3)
    plotting.draw_loop(ax, STEPS, **more)
    return ax


def boxes(ax):
    """Return the boxes in the order of the steps."""
    return [patch for patch in ax.patches if isinstance(patch, FancyBboxPatch)]


def test_steps_run_clockwise_from_the_top():
    places = {t.get_text(): t.get_position() for t in drawn().texts}
    assert places["first"][1] > places["second"][1] > places["third"][1]
    assert places["second"][0] > 0 > places["fourth"][0]


def test_one_arrow_leaves_each_step():
    arrows = [p for p in drawn().patches if isinstance(p, FancyArrowPatch)]
    assert len(arrows) == len(STEPS)


def test_only_the_step_at_work_is_thick():
    widths = [box.get_linewidth() for box in boxes(drawn(at=2))]
    assert widths.index(max(widths)) == 2
    assert len({*widths}) == 2


def test_a_skipped_step_is_dashed():
    styles = [box.get_linestyle() for box in boxes(drawn(skipped=["second"]))]
    assert styles == ["-", "--", "-", "-"]


@pytest.mark.parametrize("at", [-1, 4])
def test_a_step_that_does_not_exist_is_refused(at):
    with pytest.raises(IndexError, match="among 4 steps"):
        drawn(at=at)
