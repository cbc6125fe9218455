"""Classes and regions: every point is drawn, ties are lines, few colours are used."""

import numpy as np
import pytest

from utils import plotting

X = np.array([[0.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
Y = np.array([0, 1, 1])
BOX = {"xlim": (-1, 1), "ylim": (-1, 1)}


@pytest.fixture
def ax():
    return plotting.figure()[1]


def left_or_right(points):
    """Return probabilities that depend on the first coordinate alone."""
    p = 1 / (1 + np.exp(-4 * points[:, 0]))
    return np.column_stack([1 - p, p])


def test_each_class_has_its_points_its_marker_and_its_name(ax):
    plotting.draw_classes(ax, X, Y, ["no", "yes"])
    assert [len(line.get_xdata()) for line in ax.lines] == [1, 2]
    assert ax.lines[0].get_marker() != ax.lines[1].get_marker()
    assert ax.get_legend_handles_labels()[1] == ["no", "yes"]


def test_sides_of_the_boundary_wear_different_colours(ax):
    plotting.draw_regions(ax, left_or_right, X, Y, ["no", "yes"], **BOX)
    image = np.asarray(ax.images[0].get_array())
    assert np.abs(image[:, 0] - image[:, -1]).max() > 0.1
    assert np.allclose(image[0], image[-1]), "the second coordinate plays no part"


def test_surer_regions_are_stronger(ax):
    plotting.draw_regions(ax, left_or_right, X, Y, ["no", "yes"], **BOX)
    image = np.asarray(ax.images[0].get_array())
    middle = image.shape[1] // 2
    assert image[0, 0].mean() < image[0, middle - 3].mean() < 1


def test_colours_leave_room_for_the_markers(ax):
    plotting.draw_regions(ax, left_or_right, X, Y, ["no", "yes"], **BOX)
    image = np.asarray(ax.images[0].get_array()).reshape(-1, 3)
    assert len(np.unique(image.round(6), axis=0)) < 40


def test_boundary_is_drawn_where_two_classes_tie(ax):
    plotting.draw_regions(ax, left_or_right, X, Y, ["no", "yes"], **BOX)
    points = np.vstack([path.vertices for path in ax.collections[0].get_paths()])
    assert np.allclose(points[:, 0], 0, atol=1e-9)


def test_one_class_everywhere_draws_no_boundary(ax):
    def certain(points):
        return np.tile([0.9, 0.1], (len(points), 1))

    plotting.draw_regions(ax, certain, X, Y, ["no", "yes"], **BOX)
    assert len(ax.collections) == 0
