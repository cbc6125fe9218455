"""Losses over time: what was never computed is pale, and the best is where dev is."""

import numpy as np

from utils import plotting

TRAIN, DEV = [4.0, 3.0, 2.0, 1.0], [4.0, 2.5, 3.0, 3.5]


def lines_of(**options):
    _, ax = plotting.figure()
    plotting.draw_losses(ax, TRAIN, DEV, **options)
    return {line.get_label(): line for line in ax.lines}, ax


def test_both_losses_are_drawn_with_their_own_colour_and_line_style():
    lines, _ = lines_of()
    train, dev = lines["training set"], lines["development set"]
    assert train.get_ydata().tolist() == TRAIN
    assert dev.get_ydata().tolist() == DEV
    assert train.get_color() != dev.get_color()
    assert train.get_linestyle() != dev.get_linestyle()


def test_what_lies_behind_the_stop_is_pale():
    lines, ax = lines_of(stop=2)
    assert lines["training set"].get_ydata().tolist() == TRAIN[:3]
    pale = [line.get_ydata().tolist() for line in ax.lines if line.get_alpha()]
    assert pale == [TRAIN[2:], DEV[2:]]


def test_star_marks_the_development_loss_of_the_best():
    lines, _ = lines_of(best=1, stop=3)
    (x,), (y,) = lines["best"].get_data()
    assert (x, y) == (1, 2.5)


def test_single_evaluation_can_be_drawn():
    _, ax = plotting.figure()
    plotting.draw_losses(ax, [1.0], np.array([2.0]))
    assert ax.get_xlim() == (0, 1)
