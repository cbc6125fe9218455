"""Right answers to a09 in other styles than the solution's."""

import numpy as np

# --- G10.1 gd_step(theta, grad, eta) --------------------------------------------------


def gd_with_out(theta, grad, eta):
    return np.subtract(theta, np.multiply(eta, grad), out=np.empty_like(theta))


def gd_on_a_copy(theta, grad, eta):
    theta = theta.copy(order="F")
    theta -= eta * grad
    theta.flags.writeable = False
    return theta


def gd_by_entries(theta, grad, eta):
    new = np.zeros(theta.shape)
    for at in np.ndindex(theta.shape):
        new[at] = theta[at] - eta * grad[at]
    return new


def gd_with_a_minus_rate(theta, grad, eta):
    return theta + -eta * grad


# --- G10.2 momentum_step(theta, v, g, eta, gamma) -------------------------------------


def momentum_downhill_inside(theta, v, g, eta, gamma):
    down = -gamma * v - eta * g
    return [theta + down, -down]


def momentum_on_copies(theta, v, g, eta, gamma):
    theta, v = theta.copy(), v.copy()
    v *= gamma
    v += eta * g
    theta -= v
    return theta, v


def momentum_by_entries(theta, v, g, eta, gamma):
    new_theta, new_v = np.empty_like(theta), np.empty_like(v)
    for at in np.ndindex(theta.shape):
        new_v[at] = gamma * v[at] + eta * g[at]
        new_theta[at] = theta[at] - new_v[at]
    return new_theta, new_v


# --- G10.3 adagrad_step(theta, G, g, eta, eps) ----------------------------------------


def adagrad_own_rates(theta, G, g, eta, eps):
    G = G + np.square(g)
    rates = eta * (np.sqrt(G) + eps) ** -1
    return theta - rates * g, G


def adagrad_by_entries(theta, G, g, eta, eps):
    theta, G = theta.copy(), G.copy()
    for at in np.ndindex(theta.shape):
        G[at] += abs(g[at]) ** 2
        theta[at] -= eta * g[at] / (G[at] ** 0.5 + eps)
    return theta, G


def adagrad_scaled_gradient(theta, G, g, eta, eps):
    G = np.add(G, g**2)
    return theta - eta * np.divide(g, eps + np.power(G, 0.5)), np.asfortranarray(G)


def adagrad_inside(theta, G, g, eta, eps):
    G = G + g**2
    return theta - eta / np.sqrt(G + eps) * g, G


# --- G10.4 rmsprop_step(theta, v, g, eta, rho, eps) -----------------------------------


def rmsprop_by_average(theta, v, g, eta, rho, eps):
    v = np.average([v, g * g], axis=0, weights=[rho, 1 - rho])
    return theta - eta * g / (v**0.5 + eps), v


def rmsprop_on_copies(theta, v, g, eta, rho, eps):
    theta, v = theta.copy(), v.copy()
    v *= rho
    v += (1 - rho) * g**2
    theta -= eta / (eps + np.sqrt(v)) * g
    return [theta, v]


def rmsprop_by_einsum(theta, v, g, eta, rho, eps):
    new = np.einsum("k,k...->...", [rho, 1 - rho], np.stack([v, g * g]))
    return theta - (eta * g) / (np.sqrt(new) + eps), new


def rmsprop_inside(theta, v, g, eta, rho, eps):
    v = rho * v + (1 - rho) * g**2
    return theta - eta * g * (v + eps) ** -0.5, v


# --- G10.5 adam_step(theta, m, v, g, t, eta, b1, b2, eps) -----------------------------


def adam_in_place_on_copies(theta, m, v, g, t, eta, b1, b2, eps):
    theta, m, v = theta.copy(), m.copy(), v.copy()
    m += (1 - b1) * (g - m)
    v += (1 - b2) * (g**2 - v)
    theta -= eta * m / (1 - b1**t) / (np.sqrt(v / (1 - b2**t)) + eps)
    return theta, m, v


def adam_as_torch(theta, m, v, g, t, eta, b1, b2, eps):
    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
    divisor = np.sqrt(v) / np.sqrt(1 - b2**t) + eps
    return [theta - eta / (1 - b1**t) * (m / divisor), m, v]


def adam_by_entries(theta, m, v, g, t, eta, b1, b2, eps):
    new = [np.empty_like(theta) for _ in range(3)]
    for at in np.ndindex(theta.shape):
        mean = b1 * m[at] + (1 - b1) * g[at]
        square = b2 * v[at] + (1 - b2) * g[at] ** 2
        up, down = mean / (1 - b1**t), (square / (1 - b2**t)) ** 0.5
        new[0][at], new[1][at], new[2][at] = (
            theta[at] - eta * up / (down + eps),
            mean,
            square,
        )
    return tuple(new)


def adam_with_expm1(theta, m, v, g, t, eta, b1, b2, eps):
    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
    m_hat = m / -np.expm1(t * np.log(b1))
    v_hat = v / -np.expm1(t * np.log(b2))
    return theta - eta * m_hat / (np.sqrt(v_hat) + eps), m, v


def adam_inside(theta, m, v, g, t, eta, b1, b2, eps):
    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
    m_hat, v_hat = m / (1 - b1**t), v / (1 - b2**t)
    return theta - eta / np.sqrt(v_hat + eps) * m_hat, m, v


# --- G10.6 iterate_minibatches(X, Y, B, rng) ------------------------------------------


def batches_in_a_list(X, Y, B, rng):
    order = list(range(len(X)))
    rng.shuffle(order)
    pieces = [order[i : i + B] for i in range(0, len(X), B)]
    return [(X[p], Y[p]) for p in pieces]


def batches_until_empty(X, Y, B, rng):
    order = rng.choice(len(X), len(X), replace=False)
    while len(order):
        now, order = order[:B], order[B:]
        yield X[now], Y[now]


def batches_of_views(X, Y, B, rng):
    order = np.argsort(rng.normal(size=len(X)))
    X, Y = X[order], Y[order]
    for b in range(-(-len(X) // B)):
        yield [X[b * B : (b + 1) * B], Y[b * B : (b + 1) * B]]


def batches_glued_together(X, Y, B, rng):
    both = rng.permutation(np.column_stack([X, Y]))
    for start in range(0, len(X), B):
        part = both[start : start + B]
        yield part[:, : X.shape[1]], part[:, X.shape[1] :].reshape(-1, *Y.shape[1:])


def batches_of_rows(X, Y, B, rng):
    xs, ys = [], []
    for i in rng.permutation(len(X)):
        xs.append(X[i])
        ys.append(Y[i])
        if len(xs) == B:
            yield np.array(xs), np.array(ys)
            xs, ys = [], []
    if xs:
        yield np.array(xs), np.array(ys)


# --- X10.2 batch_epoch(w, batches, eta) -----------------------------------------------


def epoch_by_mean(w, batches, eta):
    for X, t in batches:
        w = w - eta * ((X @ w - t)[:, None] * X).mean(axis=0)
    return w


def epoch_by_examples(w, batches, eta):
    w = w.copy()
    for X, t in batches:
        total = np.zeros_like(w)
        for x, target in zip(X, t, strict=True):
            total += (np.dot(x, w) - target) * x
        w -= eta / len(t) * total
    return w


def epoch_by_recursion(w, batches, eta):
    if not batches:
        return w
    (X, t), *rest = batches
    step = np.einsum("nd,n->d", X, np.einsum("nd,d->n", X, w) - t) / t.size
    return epoch_by_recursion(w - eta * step, rest, eta)


STYLES = {
    "G10.1": [gd_with_out, gd_on_a_copy, gd_by_entries, gd_with_a_minus_rate],
    "G10.2": [momentum_downhill_inside, momentum_on_copies, momentum_by_entries],
    "G10.3": [
        adagrad_own_rates,
        adagrad_by_entries,
        adagrad_scaled_gradient,
        adagrad_inside,
    ],
    "G10.4": [rmsprop_by_average, rmsprop_on_copies, rmsprop_by_einsum, rmsprop_inside],
    "G10.5": [
        adam_in_place_on_copies,
        adam_as_torch,
        adam_by_entries,
        adam_with_expm1,
        adam_inside,
    ],
    "G10.6": [
        batches_in_a_list,
        batches_until_empty,
        batches_of_views,
        batches_glued_together,
        batches_of_rows,
    ],
    "X10.2": [epoch_by_mean, epoch_by_examples, epoch_by_recursion],
}
