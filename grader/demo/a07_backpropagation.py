"""What simulated students write in a07: right in other styles, and every known mistake.

A wrong answer is an edit of the instructor's solution: replace the left text, everywhere,
by the right one. So each line shows a mistake where people make it.
"""

from __future__ import annotations

Edits = tuple[tuple[str, str], ...]

STYLES: dict[str, dict[str, str]] = {
    "loops": {
        "G08.1": """
def output_delta(t, net, g, dg):
    delta = np.zeros(len(t))
    for k in range(len(t)):
        delta[k] = -(t[k] - g(net)[k]) * dg(net)[k]
    return delta
""",
        "G08.2": """
def hidden_delta(W_next, delta_next, z):
    delta = []
    for i in range(len(z)):
        back = sum(W_next[k, i] * delta_next[k] for k in range(len(delta_next)))
        delta.append(back * sigmoid(z[i]) * (1 - sigmoid(z[i])))
    return np.array(delta)
""",
        "G08.3": """
def weight_grad(delta, a_prev):
    dW = np.empty((len(delta), len(a_prev)))
    for i, d in enumerate(delta):
        for j, a in enumerate(a_prev):
            dW[i, j] = d * a
    return [dW, np.array(list(delta))]
""",
        "G08.5": """
def mlp_backward(X, Y, params):
    total = {name: np.zeros(value.shape) for name, value in params.items()}
    for n in range(len(X)):
        a = sigmoid(params["W1"] @ X[n] + params["b1"])
        p = softmax((params["W2"] @ a + params["b2"])[None])[0]
        d2 = (p - Y[n]) / len(X)
        d1 = params["W2"].T @ d2 * a * (1 - a)
        total["W1"] += np.outer(d1, X[n])
        total["b1"] += d1
        total["W2"] += np.outer(d2, a)
        total["b2"] += d2
    return total
""",
    },
    "einsum": {
        "G08.2": """
def hidden_delta(W_next, delta_next, z):
    return np.einsum("kn,k->n", W_next, delta_next) / (2 + 2 * np.cosh(np.clip(z, -700, 700)))
""",
        "G08.3": """
def weight_grad(delta, a_prev):
    return np.einsum("i,j->ij", delta, a_prev), 1.0 * delta
""",
        "G08.5": """
def mlp_backward(X, Y, params):
    A1 = sigmoid(np.einsum("nd,hd->nh", X, params["W1"]) + params["b1"])
    P = softmax(np.einsum("nh,ch->nc", A1, params["W2"]) + params["b2"])
    D2 = P - Y
    D1 = np.einsum("nc,ch,nh->nh", D2, params["W2"], A1 - A1**2)
    mean = 1 / X.shape[0]
    return dict(
        W1=mean * np.einsum("nh,nd->hd", D1, X),
        b1=np.mean(D1, axis=0),
        W2=mean * np.einsum("nc,nh->ch", D2, A1),
        b2=np.mean(D2, axis=0),
    )
""",
        "G08.6": """
def sgd_epoch(w, X, t, eta):
    w = np.array(w)
    for row in range(X.shape[0]):
        w -= eta * X[row] * (X[row] @ w - t[row])
    return w
""",
    },
    "transposed": {
        "G08.2": """
def hidden_delta(W_next, delta_next, z):
    slope = sigmoid(z) * sigmoid(-z)
    return np.asfortranarray(slope * (delta_next @ W_next))
""",
        "G08.3": """
def weight_grad(delta, a_prev):
    return (a_prev[:, None] * delta[None, :]).T, delta[:]
""",
        "G08.5": """
def mlp_backward(X, Y, params):
    W1, b1, W2, b2 = (params[name] for name in ("W1", "b1", "W2", "b2"))
    a1 = sigmoid(W1 @ X.T + b1[:, None])
    p = softmax((W2 @ a1 + b2[:, None]).T).T
    d2 = (p - Y.T) / X.shape[0]
    d1 = (W2.T @ d2) * a1 * (1 - a1)
    return {"W1": d1 @ X, "b1": d1.sum(1), "W2": d2 @ a1.T, "b2": d2.sum(1)}
""",
    },
}
"""Right answers that look nothing like the solution."""

_STEP = "return {name: w[name] - eta * grads[name] for name in w}"
_SUM = "for x, target in zip(X, t):\n        w = w - eta * (w @ x - target) * x"


def _hand(name: str) -> dict[str, Edits]:
    """Edits of the fifteen numbers, the same for both activations."""
    update = f"{name}.update(dw03=-delta3"
    flip = tuple(
        f"dw{pair}=-" for pair in ["03", "13", "23", "04", "14", "24", "05", "35", "45"]
    )
    old = "* 2 * delta5"
    return {
        "M08.4a": (("dw13=-delta3", "dw13=delta3"),),
        "M08.4c": (
            (old, "* (2 - delta5 * u3) * delta5"),
            ("* 4 * delta5", "* (4 - delta5 * u4) * delta5"),
        ),
        "M08.4d": (
            (update, f"{name}.update(dw03=0.0"),
            ("dw04=-delta4", "dw04=0.0"),
            ("dw05=-delta5", "dw05=0.0"),
        ),
        "M08.4f": tuple((part, part[:-1]) for part in flip),
        "M08.4h": ((old, "* delta5"), ("* 4 * delta5", "* delta5")),
    }


MISTAKES: dict[str, dict[str, Edits]] = {
    "X08.1": {
        **_hand("xor_relu"),
        "M08.4b": (("delta4 = 0 * 4", "delta4 = 1 * 4"),),
    },
    "X08.2": {
        **_hand("xor_sigmoid"),
        "M08.4e": (("(u5 - 1) * u5 * (1 - u5)", "u5 - 1"),),
        "M08.4g": (
            ("u5 * (1 - u5)", "sigmoid(u5) * (1 - sigmoid(u5))"),
            ("u4 * (1 - u4)", "sigmoid(u4) * (1 - sigmoid(u4))"),
            ("u3 * (1 - u3)", "sigmoid(u3) * (1 - sigmoid(u3))"),
        ),
        "E03": (
            (
                "u5 = sigmoid(-4 + 2 * u3 + 4 * u4)",
                "u5 = 1 - sigmoid(-4 + 2 * u3 + 4 * u4)",
            ),
        ),
        "E04": (("delta5 = (u5 - 1)", "delta5 = (0.49 - 1)"),),
    },
    "G08.1": {
        "M08.1a": (("z - t", "t - z"),),
        "M08.1b": (("(z - t) * dg(net)", "z - t"),),
        "M08.1c": (("dg(net)", "dg(z)"),),
        "M08.1d": (("(z - t)", "2 * (z - t)"),),
        "M08.1e": (("(z - t)", "0.5 * (z - t) ** 2"),),
        "M08.1f": (("(z - t)", "(net - t)"),),
        "M08.1g": (("dg(net)", "dg(net) / len(t)"),),
    },
    "G08.2": {
        "M08.2a": (("W_next.T @", "W_next @"),),
        "M08.2b": ((" * a * (1 - a)", ""),),
        "M08.2c": (("a * (1 - a)", "sigmoid(a) * (1 - sigmoid(a))"),),
        "M08.2d": (
            ("a = sigmoid(z)", "a = sigmoid(W_next @ sigmoid(z))"),
            (
                "(W_next.T @ delta_next) * a * (1 - a)",
                "W_next.T @ (delta_next * a * (1 - a))",
            ),
        ),
        "M08.2e": (("(W_next.T @ delta_next)", "delta_next.sum()"),),
        "M08.2f": ((" * a * (1 - a)", " * a"),),
        "M08.2g": (("return (", "return -("),),
        "M08.2h": (("return ", "return np.append(0.0, "), ("(1 - a)", "(1 - a))")),
    },
    "G08.3": {
        "M08.3a": (("np.outer(delta, a_prev)", "np.outer(a_prev, delta)"),),
        "M08.3b": (("np.outer(delta, a_prev)", "a_prev * delta"),),
        "M08.3c": (("delta.copy()", "delta * a_prev.sum()"),),
        "M08.3d": (
            (
                "np.outer(delta, a_prev)",
                "np.outer(delta, np.log(a_prev / (1 - a_prev)))",
            ),
        ),
        "M08.3e": (("delta.copy()", "np.zeros(len(delta))"),),
        "M08.3f": (("np.outer(", "-np.outer("),),
    },
    "G08.4": {
        "M08.4a": (("w13=delta3", "w13=-delta3"),),
        "M08.4b": (("delta4 = slope(net4)", "delta4 = slope(net5)"),),
        "M08.4c": (
            ('* w["w35"] * delta5', '* (w["w35"] - eta * delta5 * u3) * delta5'),
            ('* w["w45"] * delta5', '* (w["w45"] - eta * delta5 * u4) * delta5'),
        ),
        "M08.4d": (
            (_STEP, _STEP.replace("grads[name]", 'grads[name] * (name[1] != "0")')),
        ),
        "M08.4e": (("(g(net5) - t) * slope(net5)", "g(net5) - t"),),
        "M08.4f": (("- eta * grads", "+ eta * grads"),),
        "M08.4g": (
            ("slope(net5)", "slope(g(net5))"),
            ("slope(net3)", "slope(u3)"),
            ("slope(net4)", "slope(u4)"),
        ),
        "M08.4h": (
            ('* w["w35"] * delta5', "* delta5"),
            ('* w["w45"] * delta5', "* delta5"),
        ),
        "E05": (("float(net > 0)", "float(net >= 0)"),),
    },
    "G08.5": {
        "M08.5a": (("(P - Y) / N", "P - Y"),),
        "M08.5b": (("(P - Y) / N", "(P - Y) * P * (1 - P) / N"),),
        "M08.5c": (("(P - Y)", "(Y - P)"),),
        "M08.5d": ((" * A1 * (1 - A1)", ""),),
        "M08.5e": (("* A1 * (1 - A1)", "* sigmoid(A1) * (1 - sigmoid(A1))"),),
        "M08.5f": (
            ("* A1 * (1 - A1)", "* Z1 * (1 - Z1)"),
            (
                "    N = len(X)",
                '    N = len(X)\n    Z1 = X @ params["W1"].T + params["b1"]',
            ),
        ),
        "M08.5g": (("Delta2.T @ A1", 'Delta2.T @ (X @ params["W1"].T + params["b1"])'),),
        "M08.5h": (("sum(axis=0)", "mean(axis=0)"),),
        "M08.5i": (("Delta1.T @ X", "Delta1.T @ X / N"),),
    },
    "G08.6": {
        "M08.6a": ((_SUM, "for _ in X:\n        w = w - eta * X.T @ (X @ w - t)"),),
        "M08.6b": ((_SUM, "w = w - eta * X.T @ (X @ w - t)"),),
        "M08.6c": ((_SUM, "w = w - eta * X.T @ (X @ w - t) / len(X)"),),
        "M08.6d": (
            (
                _SUM,
                "for x, target in zip(X, t):\n        step = eta * (w @ x - target) * x\n    w = w - step",
            ),
        ),
        "M08.6e": (("w - eta", "w + eta"),),
        "M08.6f": (("zip(X, t)", "list(zip(X, t))[::-1]"),),
    },
}
"""Exercise id -> code -> the edits that make the mistake."""
