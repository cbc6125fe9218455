"""Right answers to a07 in other styles than the solution's."""

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-np.clip(z, -700, 700)))


# --- G08.1 output_delta(t, net, g, dg) ------------------------------------------------


def delta_by_parts(t, net, g, dg):
    error = g(net)
    error = error - t
    error *= dg(net)
    return error


def delta_in_a_loop(t, net, g, dg):
    slopes, outputs = dg(net), g(net)
    return np.array([slopes[k] * (outputs[k] - t[k]) for k in range(len(t))])


def delta_by_einsum(t, net, g, dg):
    return np.einsum("k,k->k", dg(net), g(net) - t)


# --- G08.2 hidden_delta(W_next, delta_next, z) ----------------------------------------


def hidden_in_loops(W, delta, z):
    m, n = W.shape
    out = np.zeros(n)
    for j in range(n):
        for k in range(m):
            out[j] += W[k, j] * delta[k]
        out[j] *= sigmoid(z[j]) * (1 - sigmoid(z[j]))
    return out


def hidden_from_the_left(W, delta, z):
    a = 0.5 * (1 + np.tanh(z / 2))
    return np.asfortranarray((delta @ W) * a * (1 - a))


def hidden_by_einsum(W, delta, z):
    return np.einsum("kj,k,j->j", W, delta, sigmoid(z) * sigmoid(-z))


# --- G08.3 weight_grad(delta, a_prev) -------------------------------------------------


def grad_in_loops(delta, a):
    return np.array([[d * x for x in a] for d in delta]), np.array(list(delta))


def grad_by_broadcasting(delta, a):
    return [delta[:, None] * a[None, :], delta.copy()]


def grad_by_matmul(delta, a):
    return delta.reshape(-1, 1) @ a.reshape(1, -1), delta * 1.0


# --- G08.4 xor_step(w, x, t, eta, act) -------------------------------------------------


def scalar_sigmoid(v):
    return 1 / (1 + np.exp(-v)) if v > -700 else 0.0


def xor_flat(w, x, t, eta, act):
    def g(v):
        return scalar_sigmoid(v) if act == "sigmoid" else (v if v > 0 else 0.0)

    def dg(v):
        return g(v) * (1 - g(v)) if act == "sigmoid" else (1.0 if v > 0 else 0.0)

    n3 = w["w03"] + w["w13"] * x[0] + w["w23"] * x[1]
    n4 = w["w04"] + w["w14"] * x[0] + w["w24"] * x[1]
    n5 = w["w05"] + w["w35"] * g(n3) + w["w45"] * g(n4)
    d5 = (g(n5) - t) * dg(n5)
    d3, d4 = d5 * w["w35"] * dg(n3), d5 * w["w45"] * dg(n4)
    sent = {"0": 1.0, "1": x[0], "2": x[1], "3": g(n3), "4": g(n4)}
    error = {"3": d3, "4": d4, "5": d5}
    return {name: w[name] - eta * error[name[2]] * sent[name[1]] for name in w}


def xor_in_arrays(w, x, t, eta, act):
    f = {"sigmoid": sigmoid, "relu": lambda z: z * (z > 0)}[act]
    slope = {"sigmoid": lambda z: f(z) * (1 - f(z)), "relu": lambda z: 1.0 * (z > 0)}[act]
    W1 = np.array([[w["w03"], w["w13"], w["w23"]], [w["w04"], w["w14"], w["w24"]]])
    W2 = np.array([w["w05"], w["w35"], w["w45"]])
    a0 = np.array([1, *x])
    z1 = W1 @ a0
    a1 = np.r_[1, f(z1)]
    z2 = W2 @ a1
    d2 = (f(z2) - t) * slope(z2)
    d1 = d2 * W2[1:] * slope(z1)
    W2, W1 = W2 - eta * d2 * a1, W1 - eta * np.outer(d1, a0)
    names = ("w03", "w13", "w23", "w04", "w14", "w24", "w05", "w35", "w45")
    return dict(zip(names, [*W1.ravel(), *W2], strict=True))


def xor_copied(w, x, t, eta, act):
    new = dict(w)
    new.update(xor_flat(w, np.array(x), t, eta, act))
    return {name: np.array(new[name]) for name in sorted(new, reverse=True)}


# --- G08.5 mlp_backward(X, Y, params) -------------------------------------------------


def softmax(Z):
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


def mlp_columns(X, Y, params):
    W1, b1, W2, b2 = (params[name] for name in ("W1", "b1", "W2", "b2"))
    A = sigmoid(W1 @ X.T + b1[:, None])  # (h, N)
    P = softmax((W2 @ A + b2[:, None]).T).T  # (C, N)
    D2 = (P - Y.T) / X.shape[0]
    D1 = W2.T @ D2 * A * (1 - A)
    return {"W1": D1 @ X, "b1": D1.sum(1), "W2": D2 @ A.T, "b2": D2.sum(1)}


def mlp_example_by_example(X, Y, params):
    total = {name: np.zeros_like(value) for name, value in params.items()}
    for x, y in zip(X, Y, strict=True):
        a = sigmoid(params["W1"] @ x + params["b1"])
        p = softmax((params["W2"] @ a + params["b2"])[None])[0]
        d2 = p - y
        d1 = (params["W2"].T @ d2) * a * (1 - a)
        for name, value in (("W2", np.outer(d2, a)), ("b2", d2), ("b1", d1)):
            total[name] += value / len(X)
        total["W1"] += np.outer(d1, x) / len(X)
    return total


def mlp_with_einsum(X, Y, params):
    A = sigmoid(np.einsum("nd,hd->nh", X, params["W1"]) + params["b1"])
    Z = np.einsum("nh,ch->nc", A, params["W2"]) + params["b2"]
    log_p = Z - np.logaddexp.reduce(Z, axis=1, keepdims=True)
    D = (np.exp(log_p) - Y) / len(Y)
    H = np.einsum("nc,ch,nh,nh->nh", D, params["W2"], A, 1 - A)
    grads = dict(W2=np.einsum("nc,nh->ch", D, A), b2=np.einsum("nc->c", D))
    return grads | dict(W1=np.einsum("nh,nd->hd", H, X), b1=np.einsum("nh->h", H))


# --- G08.6 sgd_epoch(w, X, t, eta) ------------------------------------------------------


def epoch_by_index(w, X, t, eta):
    w = np.array(w, dtype=float)
    for i in range(X.shape[0]):
        w -= eta * (X[i] @ w - t[i]) * X[i]
    return w


def epoch_without_arrays(w, X, t, eta):
    w = [float(v) for v in w]
    for x, target in zip(X.tolist(), t.tolist(), strict=True):
        error = sum(a * b for a, b in zip(w, x, strict=True)) - target
        w = [a - eta * error * b for a, b in zip(w, x, strict=True)]
    return np.array(w)


def epoch_recursive(w, X, t, eta):
    if len(X) == 0:
        return w.copy()
    return epoch_recursive(w - eta * (w @ X[0] - t[0]) * X[0], X[1:], t[1:], eta)


STYLES = {
    "G08.1": [delta_by_parts, delta_in_a_loop, delta_by_einsum],
    "G08.2": [hidden_in_loops, hidden_from_the_left, hidden_by_einsum],
    "G08.3": [grad_in_loops, grad_by_broadcasting, grad_by_matmul],
    "G08.4": [xor_flat, xor_in_arrays, xor_copied],
    "G08.5": [mlp_columns, mlp_example_by_example, mlp_with_einsum],
    "G08.6": [epoch_by_index, epoch_without_arrays, epoch_recursive],
}
