"""Examples of mistakes."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from .._shared import Array, Rng


class Layer:
    """A right layer, to be spoilt."""

    def __init__(self, p: float, rng: Rng) -> None:
        self.p, self.rng = p, rng
        self.mask: Any = None

    def draw(self, x: Array) -> Any:
        return self.rng.random(x.shape) >= self.p

    def forward(self, x: Array, train: bool) -> Any:
        if not train:
            return x
        self.mask = self.draw(x)
        return x * self.mask / (1 - self.p)

    def backward(self, dout: Array) -> Any:
        return dout * self.mask / (1 - self.p)


def spoilt(**methods: Any) -> type[Layer]:
    return type("Spoilt", (Layer,), methods)


def one_for_all(self: Layer, x: Array) -> bool:
    return bool(self.rng.random() >= self.p)


def by_rows(self: Layer, x: Array) -> Array:
    """Draw a number for each row, but only in tables."""
    shape = (len(x), 1) if x.ndim == 2 else x.shape
    return np.asarray(self.rng.random(shape) >= self.p)


def in_tables(self: Layer, x: Array) -> Array:
    return np.asarray(self.rng.random((x.shape[0], x.shape[1])) >= self.p)


def in_a_row(self: Layer, x: Array) -> Array:
    return np.asarray(self.rng.random(len(x)) >= self.p)


def by_number(self: Layer, x: Array) -> Array:
    places = self.rng.permutation(x.size).reshape(x.shape)
    return np.asarray(places >= round(self.p * x.size))


def seeded(self: Layer, x: Array) -> Array:
    np.random.seed(3)
    return np.asarray(np.random.random(x.shape) >= self.p)


def of_python(self: Layer, x: Array) -> Array:
    draws = np.array([random.random() for _ in range(x.size)])
    return np.asarray(draws.reshape(x.shape) >= self.p)


def by_half(self: Layer, x: Array) -> Array:
    return self.rng.integers(0, 2, x.shape)


def in_pairs(self: Layer, x: Array) -> Array:
    """Neighbours are dropped together; otherwise like rows that share a draw."""
    on = self.rng.random(x.size // 2) >= self.p
    return np.repeat(on, 2).reshape(x.shape)


def forgets(self: Layer, x: Array, train: bool) -> Array:
    """Set the mask in testing, too."""
    self.mask = self.draw(x) if train else None
    return x * self.mask / (1 - self.p) if train else x


def sets_ones_in_testing(self: Layer, x: Array, train: bool) -> Array:
    self.mask = self.draw(x) / (1 - self.p) > 0 if train else np.ones(x.shape)
    return x * self.mask / (1 - self.p) if train else x


def standard(self: Layer, x: Array, train: bool) -> Array:
    if not train:
        return (1 - self.p) * x
    self.mask = self.draw(x)
    return x * self.mask


def fails(self: Layer, dout: Array) -> None:
    raise RuntimeError("no")


def unwritten(self: Layer, dout: Array) -> None:
    raise NotImplementedError("task X11.2: Dropout")


WRONG_WAYS = {
    "M11.1b": [
        spoilt(draw=lambda self, x: self.rng.binomial(1, self.p, x.shape)),
        spoilt(draw=lambda self, x: self.rng.random(x.shape) > 1 - self.p),
    ],
    "X11.2c": [
        spoilt(draw=lambda self, x: self.rng.random(x.shape[-1:]) >= self.p),
        spoilt(draw=one_for_all),
        spoilt(draw=by_rows),
    ],
    "X11.2d": [spoilt(draw=by_number)],
    "MX.11": [spoilt(draw=seeded), spoilt(draw=of_python)],
    "M11.2e": [spoilt(backward=lambda self, dout: Layer.forward(self, dout, True))],
    "X11.2f": [spoilt(backward=fails)],
    "X11.2h": [spoilt(backward=unwritten)],
    "X11.2j": [spoilt(forward=forgets), spoilt(forward=sets_ones_in_testing)],
    "X11.2k": [
        spoilt(forward=standard, backward=lambda self, dout: dout * self.mask),
    ],
    "X11.2l": [spoilt(draw=by_half), spoilt(draw=in_pairs)],
    "X11.2m": [spoilt(draw=in_tables), spoilt(draw=in_a_row)],
}
