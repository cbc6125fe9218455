"""The simulated class of `grader demo`: who hands in what.

A wrong answer is an edit of the instructor's solution: replace the left text, everywhere,
by the right one. So each line shows a mistake where people make it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

import nbformat
from nbformat import NotebookNode

from grader.commands.demo.people import Person, mistaken
from grader.course.notebooks import grade_id

RUNAWAY = ("crash", "endless-cell", "endless-function", "print-flood")
"""Students whose code is stopped."""
FIRST_NAMES = (
    *("ada", "bela", "chloe", "deniz", "emil", "fatima", "goran", "hana", "igor"),
    *("jun", "kofi", "lea", "mei", "noor", "omar", "pia", "quang", "rosa", "sami"),
)

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


def people(solutions: Mapping[str, str]) -> list[Person]:
    """Return the class of 40, given the instructor's answers by task id."""
    right = dict(solutions)
    names = iter(FIRST_NAMES)
    group = [Person(next(names), {**right, **style}) for style in STYLES.values()]
    group.append(Person("王小明", dict(right), file_name="作业 反向传播.ipynb"))
    group.append(Person("O'Brien", dict(right)))
    group.append(Person("blank"))
    group += _mistaken_people(right, names)
    group += _careless_people(right)
    group += _clumsy_people(right)
    group += _hostile_people(right)
    return group


def _mistaken_people(right: dict[str, str], names: Iterator[str]) -> Iterator[Person]:
    """Give the i-th student the i-th mistake of every exercise, until none is left."""
    for number in count():
        person = Person("", dict(right))
        for exercise, edits in MISTAKES.items():
            codes = list(edits)
            if number < len(codes):
                code = codes[number]
                person.answers[exercise] = mistaken(right[exercise], edits[code])
                person.expected[exercise] = code
        if not person.expected:
            return
        person.name = next(names)
        yield person


def _careless_people(right: dict[str, str]) -> Iterator[Person]:
    """Give single students faults that no table of mistakes has to know."""
    slips = {
        "forgets-return": ("G08.1", "MX.8", "return (z - t)", "(z - t)"),
        "in-place": ("G08.6", "MX.7", "w = w - eta *", "w -= eta *"),
        "float32": ("G08.5", "MX.6", "Delta1.T @ X", "(Delta1.T @ X).astype('f4')"),
        "hard-coded": (
            "G08.6",
            "MX.9",
            "    for x",
            "    return np.array([0.25, -0.25])\n    for x",
        ),
        "renamed": ("G08.3", "missing", "def weight_grad", "def weight_gradient"),
    }
    for name, (exercise, code, old, new) in slips.items():
        answer = mistaken(right[exercise], ((old, new),))
        yield Person(name, {**right, exercise: answer}, expected={exercise: code})
    flood = right["G08.2"] + "\nwhile True:\n    print('delta', 'x' * 1000)"
    yield Person("print-flood", {**right, "G08.2": flood})


def _clumsy_people(right: dict[str, str]) -> list[Person]:
    """Return honest students with damaged notebooks and runaway cells."""
    loop = right["G08.6"].replace("for x, target in zip(X, t):", "while True:")
    loop = loop.replace("(w @ x - target) * x", "0")
    return [
        Person("crash", {**right, "G08.3": "import os\nos._exit(1)"}),
        Person("endless-cell", {**right, "G08.3": "while True:\n    pass"}),
        Person("endless-function", {**right, "G08.6": loop}),
        Person(
            "syntax-error", {**right, "G08.2": "def hidden_delta(W_next, delta_next z)"}
        ),
        Person("duplicated-cell", dict(right), _duplicate_cell),
        Person("deleted-cells", dict(right), _delete_cells),
        Person("edited-test", dict(right), _edit_test),
        Person("retyped-cell", dict(right), _retype_cell),
        Person("changed-points", dict(right), _change_points),
        Person("moved-cells", dict(right), lambda nb: nb.cells.reverse()),
        Person("nothing-but-text", raw=b"I did it on paper, sorry"),
        Person("cut-off", raw=b'{"cells": [{"cell_type": "co'),
        Person("no-notebook", raw=b"name,score\n", file_name="results.csv"),
        Person("link", file_name="link"),
    ]


def _hostile_people(right: dict[str, str]) -> list[Person]:
    """Return students with wrong answers who try to be graded right all the same."""
    wrong = {
        exercise: mistaken(right[exercise], next(iter(edits.values())))
        for exercise, edits in MISTAKES.items()
    }

    def after(code: str) -> dict[str, str]:
        return {**wrong, "X08.1": f"{wrong['X08.1']}\n{code}"}

    patch = "np.allclose = np.isclose = np.array_equal = lambda *a, **k: True"
    equal = (
        "class Equal(float):\n    __eq__ = __le__ = __ge__ = lambda self, other: True\n"
        "    __sub__ = __rsub__ = lambda self, other: 0.0\n    __hash__ = None\n"
        "import builtins\nbuiltins.float = Equal"
    )
    fake = (
        "import sys, types\nfake = types.ModuleType('grader')\n"
        "fake.grade = lambda *a: 100.0\nsys.modules['grader'] = fake"
    )
    return [
        Person("patches-numpy", after(patch)),
        Person("always-equal", after(equal)),
        Person("fakes-grader", after(fake)),
        Person("skips-tests", dict(wrong), _skip_tests),
        Person("prints-score", after("print('27.0')\n27.0")),
    ]


def _find(notebook: NotebookNode, key: str) -> tuple[int, Any]:
    return next((i, c) for i, c in enumerate(notebook.cells) if grade_id(c) == key)


def _duplicate_cell(notebook: NotebookNode) -> None:
    at, cell = _find(notebook, "G08-2-hidden_delta-solution")
    notebook.cells.insert(at + 1, copy.deepcopy(cell))


def _delete_cells(notebook: NotebookNode) -> None:
    for key in ("G08-3-weight_grad", "given-helpers", "G08-1-output_delta-solution"):
        at, _ = _find(notebook, key)
        del notebook.cells[at]


def _edit_test(notebook: NotebookNode) -> None:
    _find(notebook, "G08-5-mlp_backward")[1].source = "print('all right')"


def _retype_cell(notebook: NotebookNode) -> None:
    at, cell = _find(notebook, "G08-4-xor_step-solution")
    retyped = nbformat.v4.new_markdown_cell(cell.source, metadata=cell.metadata)
    notebook.cells[at] = retyped


def _change_points(notebook: NotebookNode) -> None:
    _find(notebook, "G08-6-sgd_epoch")[1].metadata.nbgrader["points"] = 1000


def _skip_tests(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        cell.metadata["tags"] = ["skip-execution", "raises-exception"]
