"""Right answers to a05 in other styles than the solution's."""

import math
from functools import reduce
from itertools import pairwise

import numpy as np

# --- G06.1 glorot_limit(d_in, d_out), G06.2 he_limit(d_in, d_out) ---------------------


def glorot_through_the_variance(d_in, d_out):
    variance = 2 / (d_in + d_out)
    return math.sqrt(3 * variance)


def glorot_as_power(d_in, d_out):
    return np.float64(6.0) ** 0.5 * (d_in + d_out) ** -0.5


def glorot_in_logarithms(d_in, d_out):
    return np.array(np.exp(0.5 * (np.log(6) - np.log(d_in + d_out))))


def he_through_the_std(d_in, d_out):
    std = math.sqrt(2 / d_in)
    return std * math.sqrt(3)


def he_as_power(d_in, d_out):
    return (d_in / 6) ** -0.5


def he_from_glorot(d_in, d_out):
    return glorot_as_power(d_in, 0)


# --- G06.3 forward(X, Ws, bs, f) ------------------------------------------------------


def forward_example_by_example(X, Ws, bs, f):
    rows = []
    for x in X:
        for layer, (W, b) in enumerate(zip(Ws, bs, strict=True)):
            x = W @ x + b
            if layer < len(Ws) - 1:
                x = f(x)
        rows.append(x)
    return np.array(rows)


def forward_recursive(X, Ws, bs, f):
    Z = X @ Ws[0].T + bs[0]
    return Z if len(Ws) == 1 else forward_recursive(f(Z), Ws[1:], bs[1:], f)


def forward_in_columns(X, Ws, bs, f):
    A = X.T
    for W, b in zip(Ws, bs, strict=True):
        Z = W @ A + b[:, None]
        A = f(Z)
    return Z.T


def forward_by_reduce(X, Ws, bs, f):
    def layer(A, parameters):
        W, b = parameters
        return np.einsum("nd,md->nm", f(A), W) + b

    first = np.einsum("nd,md->nm", X, Ws[0]) + bs[0]
    return reduce(layer, zip(Ws[1:], bs[1:], strict=True), first)


# --- G06.4 count_params(sizes) --------------------------------------------------------


def count_in_a_loop(sizes):
    total = 0
    for i in range(1, len(sizes)):
        total += sizes[i - 1] * sizes[i]
        total += sizes[i]
    return total


def count_with_numpy(sizes):
    d = np.array(sizes)
    return np.dot(d[:-1], d[1:]) + d[1:].sum()


def count_arrays(sizes):
    return sum(np.empty((b, a)).size + np.empty(b).size for a, b in pairwise(sizes))


STYLES = {
    "G06.1": [glorot_through_the_variance, glorot_as_power, glorot_in_logarithms],
    "G06.2": [he_through_the_std, he_as_power, he_from_glorot],
    "G06.3": [
        forward_example_by_example,
        forward_recursive,
        forward_in_columns,
        forward_by_reduce,
    ],
    "G06.4": [count_in_a_loop, count_with_numpy, count_arrays],
}
