"""X08.4 `found_bugs`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from grader.model import Case, Exercise, Mistake, Part

from ..._shared import autograd
from ._shared import WITNESSES, Array

# Any collection of names will do, in any order; "dW1" is as good as "W1". As one text they
# show nothing of how many there are.
AS_LISTS = """
def drive(found):
    def names(value):
        if hasattr(value, "tolist"):
            value = value.tolist()
        if isinstance(value, str):
            value = value.replace(",", " ").split()
        if not isinstance(value, (list, tuple, set, frozenset, dict)):
            return value
        return " ".join(sorted({str(v).strip().removeprefix("d") for v in value}))

    return {str(key).lower(): names(value) for key, value in found.items()}
"""

RIGHT = {
    "a": ["W1", "W2", "b1", "b2"],
    "b": ["b1", "b2", "b3"],
    "c": ["W1", "b1"],
    "d": [],
}
ALL = sorted(f"{kind}{layer}" for kind in "Wb" for layer in (1, 2, 3, 4))


def _instead(**changed: list[str]) -> dict[str, list[str]]:
    return {**RIGHT, **{key: sorted(names) for key, names in changed.items()}}


EXERCISE = Exercise(
    id="X08.4",
    function="found_bugs",
    points=4,
    reference=RIGHT,
    inputs=lambda rng: [Case(name="the exercise", args=())],
    outputs=tuple(RIGHT),
    pack="dict",
    driver=AS_LISTS,
    unchanged="",
    parts=tuple(Part(name=f"program {key}", weight=1, output=key) for key in RIGHT),
    lecture=WITNESSES,
    mistakes=(
        *(
            Mistake(code=f"X08.4{code}", variant=_instead(**changed), message=message)
            for code, changed, message in (
                (
                    "a",
                    {"a": ["W1", "W2"], "b": [], "c": ["W1"]},
                    "The biases are missing. Check every array of theta, also those with "
                    "one axis.",
                ),
                (
                    "b",
                    {key: sorted(set(ALL) - set(RIGHT[key])) for key in RIGHT},
                    "These are the names of the gradients that are right. Those that are "
                    "wrong are asked for.",
                ),
                (
                    "c",
                    {"a": ["W1", "W2", "W3", "b1", "b2", "b3"]},
                    "In program a the gradients of layer 3 are right: check them alone.",
                ),
                (
                    "d",
                    {"a": ["W1", "b1"]},
                    "In program a more than layer 1 is wrong: check each array alone.",
                ),
                (
                    "d",
                    {"a": ["W2", "b2"]},
                    "In program a more than layer 2 is wrong: what goes wrong on the way "
                    "back stays wrong in all layers below.",
                ),
                (
                    "e",
                    {"b": ["b1", "b2", "b3", "b4"]},
                    "In program b one of the four biases has the right gradient: check each "
                    "alone.",
                ),
                (
                    "f",
                    {"b": ALL},
                    "In program b no weight is wrong: check each array alone.",
                ),
                (
                    "g",
                    {"c": ["W1", "W2", "b1", "b2"]},
                    "In program c the gradients of layer 2 are right: check them alone.",
                ),
                (
                    "h",
                    {"d": ALL},
                    "Program d looks odd, and all its gradients are right. Trust the check.",
                ),
                (
                    "i",
                    {"a": ["W1"], "b": ["b1"], "c": ["W1"]},
                    "One name for each program: a check of all arrays together says only "
                    "where the largest error is. Check each array alone.",
                ),
            )
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


RIGHT_WAYS = [
    {key: set(names) for key, names in RIGHT.items()},
    {key: tuple(f"d{name}" for name in names[::-1]) for key, names in RIGHT.items()},
    {key: ", ".join(names) for key, names in RIGHT.items()},
    {key: dict.fromkeys(names, True) for key, names in RIGHT.items()},
    {key.upper(): np.array(names, dtype=str) for key, names in RIGHT.items()},
]


# --- what the reference has to agree with ---------------------------------------------


def _programs(X: Array, Y: Array, theta: Mapping[str, Array]) -> dict[str, dict[str, Any]]:
    """Return the gradients of the four programs, from what their flaws are."""
    A, Z = [X], [X]
    for layer in (1, 2, 3, 4):
        Z.append(A[-1] @ theta[f"W{layer}"].T + theta[f"b{layer}"])
        A.append(np.maximum(Z[-1], 0))
    programs = {}
    for key in RIGHT:
        delta, grads = (Z[4] - Y) / len(X), {}
        for layer in (4, 3, 2, 1):
            W = theta[f"W{layer}"]
            grads[f"W{layer}"] = delta.T @ A[layer - 1]
            mean = key == "b" and layer < 4
            grads[f"b{layer}"] = delta.mean(axis=0) if mean else delta.sum(axis=0)
            if layer > 1:
                on = Z[2 if key == "c" and layer == 2 else layer - 1] > 0
                delta = delta @ (W.T if key == "a" and layer in (2, 3) else W) * on
        programs[key] = grads
    return programs


def witness_autograd() -> None:
    """On networks like the notebook's each flaw spoils the gradients that are named."""
    import torch

    rng = np.random.default_rng(17)
    X, Y = rng.normal(size=(6, 4)), rng.normal(size=(6, 2))
    sizes = (4, 3, 3, 3, 2)
    theta = {}
    for layer in (1, 2, 3, 4):
        theta[f"W{layer}"] = rng.normal(size=(sizes[layer], sizes[layer - 1]))
        theta[f"b{layer}"] = rng.uniform(0.5, 1, sizes[layer])

    def loss(*flat):
        A = torch.tensor(X)
        for W, b in zip(flat[::2], flat[1::2], strict=True):
            Z = A @ W.T + b
            A = torch.relu(Z)
        return 0.5 * ((Z - torch.tensor(Y)) ** 2).sum() / len(X)

    exact = dict(zip(theta, autograd(loss, *theta.values()), strict=True))
    for key, grads in _programs(X, Y, theta).items():
        wrong = [name for name in theta if not np.allclose(grads[name], exact[name])]
        assert sorted(wrong) == RIGHT[key], (key, wrong)
