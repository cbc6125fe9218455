"""Right answers to a03 in other styles than the solution's."""

import math
from math import pi, sqrt

import numpy as np


def logistic(z):
    return 0.5 * (1 + np.tanh(np.asarray(z) / 2))


def every(f):
    """Return f, written for numbers, for arrays of any shape."""

    def on_arrays(z, *more):
        flat = [f(float(v), *more) for v in np.ravel(z)]
        return np.array(flat).reshape(np.shape(z))

    return on_arrays


# --- G04.1 sigmoid, G04.2 sigmoid_grad, G04.3 tanh_grad -------------------------------


def sigmoid_by_mask(z):
    out = np.empty_like(z)
    up = z >= 0
    out[up] = 1 / (1 + np.exp(-z[up]))
    e = np.exp(z[~up])
    out[~up] = e / (1 + e)
    return out


def sigmoid_of_one(v):
    if v >= 0:
        return 1 / (1 + math.exp(-v))
    return math.exp(v) / (1 + math.exp(v))


def sigmoid_clipped(z):
    return 1 / (1 + np.exp(-np.clip(z, -709, 709)))


def sigmoid_grad_as_product(z):
    return logistic(z) * logistic(-z)


def sigmoid_grad_by_exp(z):
    e = np.exp(-np.abs(z))
    return e / (1 + e) ** 2


def tanh_grad_as_product(z):
    return (1 - np.tanh(z)) * (1 + np.tanh(z))


def tanh_grad_by_sigmoid(z):
    s = logistic(2 * z)
    return 4 * s * (1 - s)


# --- G04.4 to G04.7 -------------------------------------------------------------------


def relu_grad_from_sign(z):
    return (np.sign(z) + 1) // 2 * (z != 0)


def relu_grad_in_place(z):
    out = z.copy()
    out[z > 0] = 1
    out[z <= 0] = 0
    return out


def leaky_as_sum(z, gamma):
    return (z > 0) + gamma * (z <= 0)


def leaky_by_index(z, gamma):
    out = np.full(z.shape, gamma)
    out[z > 0] = 1.0
    return out


def elu_by_value(z, gamma):
    f = np.where(z > 0, z, gamma * np.expm1(np.minimum(z, 0)))
    return np.where(z > 0, 1.0, f + gamma)


def elu_naive(z, gamma):
    with np.errstate(over="ignore"):
        return np.where(z > 0, 1.0, gamma * np.exp(z))


def softplus_by_log(z):
    return np.exp(-np.logaddexp(0, -z))


def softplus_clipped(z):
    return 1 / (1 + np.exp(-np.clip(z, -709, 709)))


# --- G04.8 to G04.10 ------------------------------------------------------------------


def gelu_of_one(v):
    return v * 0.5 * math.erfc(-v / sqrt(2))


def gelu_vectorised(z):
    return z / 2 * (1 + np.vectorize(math.erf)(z / sqrt(2)))


def gelu_by_symmetry(z):
    return z + every(gelu_of_one)(-z)


def gelu_grad_of_one(v):
    return 0.5 * math.erfc(-v / sqrt(2)) + v * math.exp(-v * v / 2) / sqrt(2 * pi)


def gelu_grad_numeric(z):
    h = 1e-5 * np.maximum(1, np.abs(z))
    f = gelu_vectorised
    return (8 * (f(z + h) - f(z - h)) - (f(z + 2 * h) - f(z - 2 * h))) / (12 * h)


def gelu_grad_by_parts(z):
    bell = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    gate = gelu_vectorised(z) / z
    return gate + z * bell


def swish_by_value(z, beta):
    s = logistic(beta * z)
    f = z * s
    return beta * f + s * (1 - beta * f)


def swish_factored(z, beta):
    s = logistic(beta * z)
    return s * (1 + beta * z * (1 - s))


def swish_of_one(v, beta):
    e = math.exp(-beta * v)
    return (1 + e + beta * v * e) / (1 + e) ** 2


# --- G04.11 glu, G04.12 swiglu --------------------------------------------------------


def glu_by_examples(x, W, b, V, v):
    return np.stack([(row @ V + v) * logistic(row @ W + b) for row in x])


def glu_one_product(x, W, b, V, v):
    both = x @ np.hstack([W, V]) + np.concatenate([b, v])
    gate, value = np.split(both, 2, axis=1)
    return value / (1 + np.exp(-gate))


def glu_by_einsum(x, W, b, V, v):
    return (np.einsum("nd,dm->nm", x, V) + v) * logistic(np.einsum("nd,dm->nm", x, W) + b)


def swiglu_by_examples(x, W, b, V, c, beta):
    rows = []
    for row in x:
        q = row @ W + b
        rows.append((row @ V + c) * q / (1 + np.exp(-beta * q)))
    return np.array(rows)


def swiglu_one_product(x, W, b, V, c, beta):
    both = x @ np.hstack([W, V]) + np.concatenate([b, c])
    q, value = both[:, : len(b)], both[:, len(b) :]
    return value * q * logistic(beta * q)


def swiglu_with_where(x, W, b, V, c, beta):
    q = np.asfortranarray(x @ W + b)
    e = np.exp(-np.abs(beta * q))
    gate = np.where(q > 0, q, q * e) / (1 + e)
    return gate * (x @ V + c)


# --- G04.13 to G04.15 -----------------------------------------------------------------


def softmax_by_rows(z, axis=-1):
    rows = []
    for row in z:
        e = [math.exp(v - max(row)) for v in row]
        rows.append([v / sum(e) for v in e])
    return np.array(rows)


def softmax_through_logs(z, axis=-1):
    return np.exp(z - np.logaddexp.reduce(z, axis=axis, keepdims=True))


def softmax_transposed(z, axis=-1):
    shifted = z.T - z.T.max(0)
    return (np.exp(shifted) / np.exp(shifted).sum(0)).T


def jacobian_in_loops(p):
    C = len(p)
    J = np.zeros((C, C))
    for i in range(C):
        for j in range(C):
            J[i, j] = p[i] * (1 - p[i]) if i == j else -p[i] * p[j]
    return J


def jacobian_factored(p):
    return p[:, None] * (np.eye(p.size) - p)


def jacobian_filled(p):
    J = -p.reshape(-1, 1) @ p.reshape(1, -1)
    J[np.diag_indices(len(p))] += p
    return J


def vjp_by_jacobian(p, g):
    return (np.diag(p) - np.outer(p, p)).T @ g


def vjp_in_a_loop(p, g):
    mean = sum(a * b for a, b in zip(p, g, strict=True))
    return np.array([a * (b - mean) for a, b in zip(p, g, strict=True)])


def vjp_as_difference(p, g):
    return p * g - p * np.sum(p * g)


STYLES = {
    "G04.1": [sigmoid_by_mask, every(sigmoid_of_one), sigmoid_clipped],
    "G04.2": [
        sigmoid_grad_as_product,
        sigmoid_grad_by_exp,
        every(lambda v: sigmoid_of_one(v) * sigmoid_of_one(-v)),
    ],
    "G04.3": [
        tanh_grad_as_product,
        tanh_grad_by_sigmoid,
        every(lambda v: 1 / math.cosh(v) ** 2),
    ],
    "G04.4": [
        relu_grad_from_sign,
        relu_grad_in_place,
        every(lambda v: 1.0 if v > 0 else 0.0),
    ],
    "G04.5": [leaky_as_sum, leaky_by_index, every(lambda v, g: 1.0 if v > 0 else g)],
    "G04.6": [
        elu_by_value,
        elu_naive,
        every(lambda v, g: 1.0 if v > 0 else g * math.exp(v)),
    ],
    "G04.7": [softplus_by_log, softplus_clipped, every(sigmoid_of_one)],
    "G04.8": [
        every(gelu_of_one),
        gelu_vectorised,
        lambda z: z - every(gelu_of_one)(-z) * -1,
    ],
    "G04.9": [every(gelu_grad_of_one), gelu_grad_numeric, gelu_grad_by_parts],
    "G04.10": [swish_by_value, swish_factored, every(swish_of_one)],
    "G04.11": [glu_by_examples, glu_one_product, glu_by_einsum],
    "G04.12": [swiglu_by_examples, swiglu_one_product, swiglu_with_where],
    "G04.13": [softmax_by_rows, softmax_through_logs, softmax_transposed],
    "G04.14": [jacobian_in_loops, jacobian_factored, jacobian_filled],
    "G04.15": [vjp_by_jacobian, vjp_in_a_loop, vjp_as_difference],
}
