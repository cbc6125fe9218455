"""Right answers to a02 in other styles than the solution's."""

import math

import numpy as np

# --- G02.1 matmul_loops(A, B) ---------------------------------------------------------


def product_row_by_row(A, B):
    return np.array(
        [[sum(a * b for a, b in zip(r, c, strict=True)) for c in B.T] for r in A]
    )


def product_as_sum_of_outer_products(A, B):
    C = np.zeros((len(A), B.shape[1]), order="F")
    for k in range(A.shape[1]):
        C += A[:, k, None] * B[k]
    return C


def product_from_the_end(A, B):
    C = np.empty((A.shape[0], B.shape[1]))
    for i, j in np.ndindex(*C.shape):
        total = 0
        for k in reversed(range(B.shape[0])):
            total = total + A[i, k] * B[k, j]
        C[i, j] = total
    C.flags.writeable = False
    return C


# --- G02.2 affine_batch(X, W, b) ------------------------------------------------------


def layer_from_the_left(X, W, b):
    return (W @ X.T + b[:, None]).T


def layer_by_einsum(X, W, b):
    return np.einsum("nd,md->nm", X, W) + b[np.newaxis, :]


def layer_with_a_constant_input(X, W, b):
    ones = np.ones((X.shape[0], 1))
    return np.hstack([ones, X]) @ np.column_stack([b, W]).T


def layer_in_a_loop(X, W, b):
    return np.stack([W @ x + b for x in X])


# --- G03.1 logistic_unit(x, w, b) -----------------------------------------------------


def unit_by_the_definition(x, w, b):
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-(np.dot(x, w) + b)))


def unit_by_cases(x, w, b):
    z = float(sum(x * w)) + b
    if z >= 0:
        return 1 / (1 + math.exp(-z))
    return math.exp(z) / (1 + math.exp(z))


def unit_in_the_log_domain(x, w, b):
    return np.exp(-np.logaddexp(0, -(w @ x + b)))


def unit_as_array(x, w, b):
    return np.array(0.5 + 0.5 * np.tanh((w @ x + b) / 2))


# --- G03.2 perceptron_step(w, b, x, y, eta) -------------------------------------------


def step_without_if(w, b, x, y, eta):
    wrong = y * (np.dot(w, x) + b) <= 0
    return w + wrong * eta * y * x, b + wrong * eta * y


def step_by_entries(w, b, x, y, eta):
    z = b + sum(wi * xi for wi, xi in zip(w, x, strict=True))
    if z * y > 0:
        return [w, b]
    return [np.array([wi + eta * y * xi for wi, xi in zip(w, x, strict=True)]), b + eta * y]


def step_augmented(w, b, x, y, eta):
    v, u = np.append(w, b), np.append(x, 1.0)
    if np.sign(v @ u) != y:
        v += eta * y * u
    return v[:-1], v[-1]


# --- G03.3 collapse_linear(W1, b1, W2, b2) --------------------------------------------


def collapse_by_probing(W1, b1, W2, b2):
    def both(x):
        return W2 @ (W1 @ x + b1) + b2

    b = both(np.zeros(W1.shape[1]))
    W = np.array([both(e) - b for e in np.eye(W1.shape[1])]).T
    return W, b


def collapse_augmented(W1, b1, W2, b2):
    both = np.column_stack([W2, b2]) @ np.block(
        [[W1, b1[:, None]], [np.zeros((1, W1.shape[1])), np.ones((1, 1))]]
    )
    return both[:, :-1], both[:, -1]


def collapse_by_einsum(W1, b1, W2, b2):
    return [np.einsum("mh,hd->md", W2, W1), np.einsum("mh,h->m", W2, b1) + b2]


STYLES = {
    "G02.1": [product_row_by_row, product_as_sum_of_outer_products, product_from_the_end],
    "G02.2": [
        layer_from_the_left,
        layer_by_einsum,
        layer_with_a_constant_input,
        layer_in_a_loop,
    ],
    "G03.1": [unit_by_the_definition, unit_by_cases, unit_in_the_log_domain, unit_as_array],
    "G03.2": [step_without_if, step_by_entries, step_augmented],
    "G03.3": [collapse_by_probing, collapse_augmented, collapse_by_einsum],
}
