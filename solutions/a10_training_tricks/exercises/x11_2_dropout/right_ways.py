"""Other right ways of writing it."""

from __future__ import annotations

import numpy as np


class Layer:
    """What the task gives."""

    def __init__(self, p, rng):
        self.p, self.rng, self.mask = p, rng, None


class LayerOfCoins(Layer):
    def forward(self, x, train):
        if train:
            self.mask = self.rng.binomial(1, 1 - self.p, size=x.shape)
            return self.mask * x / (1 - self.p)
        return x.copy()

    def backward(self, dout):
        return self.mask * dout / (1 - self.p)


class LayerOfChoices(Layer):
    def forward(self, x, train):
        if not train:
            return np.asarray(x)
        self.mask = self.rng.choice([0.0, 1.0], x.shape, p=[self.p, 1 - self.p])
        self.scale = self.mask * (1 - self.p) ** -1
        return x * self.scale

    def backward(self, dout):
        return dout * self.scale


class LayerOfNumbers(Layer):
    """One number at a time, mask as nested lists, in Python floats."""

    def forward(self, x, train):
        if not train:
            return x.tolist()
        kept = [self.rng.random() > self.p for _ in range(x.size)]
        self.mask = np.array(kept).reshape(x.shape).tolist()
        self.kept = kept
        values = zip(x.ravel().tolist(), kept, strict=True)
        y = [value / (1 - self.p) if on else 0.0 for value, on in values]
        return np.array(y).reshape(x.shape)

    def backward(self, dout):
        values = zip(dout.ravel().tolist(), self.kept, strict=True)
        g = [value / (1 - self.p) if on else 0.0 for value, on in values]
        return np.array(g).reshape(dout.shape)


class LayerOfTransposes(Layer):
    """Draws in another order, another precision, and keeps every mask."""

    def __init__(self, p, rng):
        super().__init__(p, rng)
        self.masks = []

    def forward(self, x, train):
        if not train:
            return x.view()
        drawn = self.rng.uniform(0, 1, x.T.shape).T
        self.masks.append(drawn < 1 - self.p)
        self.mask = self.masks[-1].astype(np.uint8)
        y = np.zeros(x.shape)
        y[self.masks[-1]] = x[self.masks[-1]] / (1 - self.p)
        return y

    def backward(self, dout):
        dx = np.array(dout)
        dx[~self.masks[-1]] = 0
        return dx / (1 - self.p)


class LayerThatSparesDraws(Layer):
    def forward(self, x, train):
        if not train:
            return x
        self.mask = np.ones(x.shape)
        if self.p > 0:
            self.mask = np.heaviside(self.rng.random(x.shape) - self.p, 1)
        return x * self.mask / (1 - self.p)

    def backward(self, dout):
        return dout if self.p == 0 else dout * self.mask / (1 - self.p)


class LayerWithALog(Layer):
    """Keeps notes in testing too, and changes dout on the way back, on a copy."""

    def forward(self, x, train):
        self.trained_last = train
        if not train:
            self.tested = np.ones(x.shape)
            return self.tested * x
        self.mask = (self.rng.random(x.shape) < 1 - self.p) * 1.0
        return np.divide(x * self.mask, 1 - self.p)

    def backward(self, dout):
        dx = dout.copy()
        dx *= self.mask
        dx /= 1 - self.p
        return dx


RIGHT_WAYS = [
    LayerOfCoins,
    LayerOfChoices,
    LayerOfNumbers,
    LayerOfTransposes,
    LayerThatSparesDraws,
    LayerWithALog,
]
