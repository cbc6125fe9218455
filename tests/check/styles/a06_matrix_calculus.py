"""Right answers to a06 in other styles than the solution's."""

import numpy as np


def f(z):
    return 1 / (1 + np.exp(-z))


def df(z):
    return np.exp(-z) / (1 + np.exp(-z)) ** 2


# --- G07.1 elementwise_jacobian(fprime, z) --------------------------------------------


def jacobian_by_entries(fprime, z):
    slopes = fprime(z)
    J = np.zeros((z.size, z.size))
    for i in range(z.size):
        J[i, i] = slopes[i]
    return J


def jacobian_by_scaling_the_identity(fprime, z):
    return np.eye(len(z)) * fprime(z)


def jacobian_with_fill(fprime, z):
    J = np.zeros((len(z), len(z)), order="F")
    np.fill_diagonal(J, fprime(z))
    return J


# --- G07.2 to G07.5 (u, W, x, b) ------------------------------------------------------


def db_in_a_loop(u, W, x, b):
    z = [
        sum(w * v for w, v in zip(row, x, strict=True)) + c
        for row, c in zip(W, b, strict=True)
    ]
    return np.array([ui * f(zi) * (1 - f(zi)) for ui, zi in zip(u, z, strict=True)])


def db_through_the_jacobian(u, W, x, b):
    return u @ np.diag(df(W @ x + b))


def db_with_tanh(u, W, x, b):
    t = np.tanh((x @ W.T + b) / 2)
    return u * (1 - t**2) / 4


def dW_in_loops(u, W, x, b):
    out = np.zeros_like(W)
    for i in range(W.shape[0]):
        h = f(W[i] @ x + b[i])
        for j in range(W.shape[1]):
            out[i, j] = u[i] * h * (1 - h) * x[j]
    return out


def dW_by_broadcasting(u, W, x, b):
    return db_with_tanh(u, W, x, b)[:, None] * x


def dW_transposed_twice(u, W, x, b):
    return (x.reshape(-1, 1) @ db_with_tanh(u, W, x, b).reshape(1, -1)).T


def dx_in_a_loop(u, W, x, b):
    delta = db_with_tanh(u, W, x, b)
    return np.array([sum(delta[i] * W[i, j] for i in range(len(u))) for j in range(len(x))])


def dx_from_the_left(u, W, x, b):
    return db_in_a_loop(u, W, x, b) @ W


def dx_by_einsum(u, W, x, b):
    return np.einsum("i,ij->j", db_with_tanh(u, W, x, b), W)


def du_in_a_loop(u, W, x, b):
    return np.array([f(W[i] @ x + b[i]) for i in range(len(u))])


def du_with_tanh(u, W, x, b):
    return 0.5 + 0.5 * np.tanh(0.5 * (W @ x + b))


def du_as_a_view(u, W, x, b):
    both = f(np.column_stack([W @ x + b, W @ x + b]))
    return both[:, 1]


# --- G07.6 linear_backward(dZ, X, W) --------------------------------------------------


def linear_by_examples(dZ, X, W):
    dX = np.array([W.T @ d for d in dZ])
    dW = sum(np.outer(d, x) for d, x in zip(dZ, X, strict=True))
    db = sum(d for d in dZ)
    return [dX, dW, db]


def linear_by_einsum(dZ, X, W):
    dW = np.einsum("nm,nd->md", dZ, X)
    return np.einsum("nm,md->nd", dZ, W), dW, np.einsum("nm->m", dZ)


def linear_augmented(dZ, X, W):
    ones = np.ones((len(X), 1))
    both = dZ.T @ np.hstack([ones, X])
    return (W.T @ dZ.T).T, both[:, 1:], both[:, 0]


# --- G07.7 chain_scalar(dh, g, dg, x) -------------------------------------------------


def chain_in_steps(dh, g, dg, x):
    y = g(x)
    outer = dh(y)
    return dg(x) * outer


def chain_as_array(dh, g, dg, x):
    return np.prod([dh(g(x)), dg(x)])


def chain_with_float(dh, g, dg, x):
    return float(dh(float(g(x)))) * float(dg(x))


STYLES = {
    "G07.1": [jacobian_by_entries, jacobian_by_scaling_the_identity, jacobian_with_fill],
    "G07.2": [db_in_a_loop, db_through_the_jacobian, db_with_tanh],
    "G07.3": [dW_in_loops, dW_by_broadcasting, dW_transposed_twice],
    "G07.4": [dx_in_a_loop, dx_from_the_left, dx_by_einsum],
    "G07.5": [du_in_a_loop, du_with_tanh, du_as_a_view],
    "G07.6": [linear_by_examples, linear_by_einsum, linear_augmented],
    "G07.7": [chain_in_steps, chain_as_array, chain_with_float],
}
