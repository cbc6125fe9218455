"""The activity of a layer: units are rows, examples columns, classes are parted."""

import numpy as np
import pytest

from utils import plotting


@pytest.fixture
def ax():
    return plotting.figure()[1]


def test_units_are_rows_and_examples_columns(ax):
    H = np.array([[0.1, 0.9], [0.2, 0.8], [0.7, 0.3]])  # (3, 2)
    image = plotting.draw_activity(ax, H, [0, 0, 1], ["a", "b"], ["h1", "h2"])
    np.testing.assert_array_equal(image.get_array(), H.T)
    assert image.get_clim() == (0, 1)


def test_classes_are_parted_and_named_below_their_middle(ax):
    plotting.draw_activity(ax, np.zeros((6, 2)), [0, 0, 0, 1, 1, 2], "abc", ["h1", "h2"])
    borders = [line.get_xdata()[0] for line in ax.lines]
    assert borders == [2.5, 4.5]
    assert ax.get_xticks().tolist() == [1, 3.5, 5]


def test_mixed_classes_are_refused(ax):
    with pytest.raises(ValueError, match="not ordered by class"):
        plotting.draw_activity(ax, np.zeros((3, 1)), [0, 1, 0], ["a", "b"], ["h"])
