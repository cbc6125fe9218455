"""The logistic function and its slope, as the references of several tables use them."""

from __future__ import annotations

from typing import Any

import numpy as np


def sigmoid(z: Any) -> Any:
    """Logistic function of a number or an array, stable for large arguments."""
    return 0.5 * (1 + np.tanh(0.5 * np.asarray(z, float)))


def sigmoid_slope(z: Any) -> Any:
    """Derivative of the logistic function."""
    return sigmoid(z) * sigmoid(-np.asarray(z, float))
