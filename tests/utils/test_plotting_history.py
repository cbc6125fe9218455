"""Training curves: a line per column, and the marked epoch."""

import numpy as np
import pytest

from utils import plotting


def test_each_column_is_a_named_line():
    _, ax = plotting.figure()
    values = np.arange(12.0).reshape(6, 2)
    plotting.draw_history(ax, values, ["a", "b"])
    assert [line.get_label() for line in ax.lines] == ["a", "b"]
    assert ax.lines[1].get_ydata().tolist() == values[:, 1].tolist()


@pytest.mark.parametrize("epoch", [0, 3])
def test_the_epoch_is_marked(epoch):
    _, ax = plotting.figure()
    plotting.draw_history(ax, np.ones(6), epoch=epoch)
    assert list(ax.lines[-1].get_xdata()) == [epoch, epoch]


def test_a_name_too_few_is_refused():
    _, ax = plotting.figure()
    with pytest.raises(ValueError, match="zip"):
        plotting.draw_history(ax, np.ones((6, 2)), ["a"])
