"""The panels of a small network: every curve stands where its formula says."""

import numpy as np
import pytest

from utils import plotting

W, B, V, C = [1.0, 2.0, -1.0], [-1.0, -4.0, 3.0], [2.0, -2.0, 1.0], -1.0


@pytest.fixture
def axes():
    """Return a sheet for three units."""
    return plotting.figure(9, 6.4, 3, 4)[1]


def heights(ax):
    """Return the heights of the dots of a panel, none if it is empty."""
    dots = [line for line in ax.lines if line.get_linestyle() == "None"]
    return dots[0].get_ydata().tolist() if dots else []


def bends(ax):
    return [line.get_xdata()[0] for line in ax.lines if line.get_linestyle() == ":"]


def test_each_stage_follows_from_the_one_above(axes):
    plotting.draw_panels(axes, W, B, V, C)
    assert heights(axes[0, 1]) == [-4, -2, 0, 2, 4]
    assert heights(axes[1, 1]) == [0, 0, 0, 2, 4]
    assert heights(axes[2, 1]) == [0, 0, 0, -4, -8]
    assert heights(axes[2, 3]) == [2, 1, 2, -1, -3]
    assert sorted(bends(axes[2, 3])) == [1, 2, 3]
    assert not axes[0, 3].axison


def test_a_work_sheet_leaves_panels_to_sketch_in(axes):
    plotting.draw_panels(axes, W, B, V, C, filled=[0])
    assert heights(axes[2, 0]) == [0, 0, 2, 4, 6]
    assert [heights(ax) for ax in (*axes[:, 1], *axes[:, 2], axes[2, 3])] == [[]] * 7
    limits = {ax.get_ylim() for ax in axes[0, :3]}
    assert len(limits) == 1, "panels of a row can be compared"


def test_titles_are_written_as_by_hand(axes):
    plotting.draw_panels(axes, W, [-1, 0, 3], V, C)
    titles = [ax.get_title() for ax in axes[0, :3]]
    assert titles == ["$z_1 = x - 1$", "$z_2 = 2x$", "$z_3 = -x + 3$"]
    assert axes[2, 2].get_title() == r"$\,a_3$"


def test_a_unit_without_weight_has_no_bend(axes):
    plotting.draw_panels(axes, np.zeros(3), B, V, C)
    assert bends(axes[2, 3]) == []


def test_a_unit_that_the_output_does_not_hear_bends_only_itself(axes):
    plotting.draw_panels(axes, W, B, [2, 0, 1], C)
    assert bends(axes[0, 1]) == [2]
    assert sorted(bends(axes[2, 3])) == [1, 3]


def test_one_unit_stands_beside_the_output_of_all():
    axes = plotting.figure(9, 2.6, 1, 4)[1]
    plotting.draw_one_unit(axes, 1, W, B, V, C)
    assert [heights(ax)[4] for ax in axes] == [4, 4, -8, -3]
    assert [ax.get_title() for ax in axes[:2]] == [
        "$z_2 = 2x - 4$",
        r"$a_2 = \max(0, z_2)$",
    ]
    assert sorted(bends(axes[3])) == [1, 2, 3]
