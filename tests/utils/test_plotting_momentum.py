"""Momentum on a bowl."""

import numpy as np
import pytest

from utils import plotting


def _slowest(rate: float, gamma: float) -> float:
    matrix = np.array([[1 - rate, -gamma], [rate, gamma]])
    return float(np.abs(np.linalg.eigvals(matrix)).max())


@pytest.mark.parametrize("rate", [0.01, 0.5, 1.0, 3.0, 4.5])
@pytest.mark.parametrize("gamma", [0.0, 0.3, 0.9])
def test_factor_is_the_larger_eigenvalue(rate: float, gamma: float) -> None:
    assert plotting.momentum_factor(rate, gamma) == pytest.approx(_slowest(rate, gamma))


def test_critical_damping_is_fastest() -> None:
    gammas = np.linspace(0, 0.99, 100)
    best = gammas[plotting.momentum_factor(0.04, gammas).argmin()]
    assert best == pytest.approx((1 - 0.2) ** 2)


def test_map_marks_its_points_and_keeps_them_inside() -> None:
    _, ax = plotting.figure(3, 3)
    plotting.draw_momentum_map(ax, {"flat": (1e-5, 0.5), "steep": (2.0, 0.5)})
    marked = {line.get_label(): line.get_xdata() for line in ax.lines}
    assert marked["flat"] == pytest.approx([1e-3])
    assert marked["steep"] == pytest.approx([2.0])


def test_one_point_is_joined_with_nothing() -> None:
    _, ax = plotting.figure(3, 3)
    plotting.draw_momentum_map(ax, {"one": (1.0, 0.5)})
    assert len(ax.lines) == 3
