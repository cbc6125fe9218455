"""X15.3 `find_places`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader.model import Case, Evidence, Exercise, Mistake, Tolerance
from grader.vetting.witness import expected

from ..._shared import generic, sigmoid, values
from ._shared import LECTURE, Array, Rng, train_with_backward

# Which new windows are places stays here: the guesses come back as shares per left
# neighbour. The bound: where contexts decide, a trained network errs on none of them;
# 30 % leaves every right method alone and no wrong one passes.
PLACES_DRIVER = """
def drive(f, ids, y, E, new_ids, seed):
    import numpy as np

    found = f(ids, y, E, new_ids, seed)
    if hasattr(found, "detach"):
        found = found.detach().numpy()
    if not isinstance(found, (np.ndarray, list, tuple)):
        return found
    guesses = np.asarray(found)
    if guesses.shape != (len(new_ids),) or guesses.dtype.kind not in "biuf":
        return guesses
    if not np.isin(guesses, (0, 1)).all():  # scores or probabilities
        return guesses
    left = new_ids[:, new_ids.shape[1] // 2 - 1]
    return np.array([np.mean(guesses[left == word]) for word in np.unique(left)])
"""


MARGIN = Tolerance(relative=0.0, of_scale=0.3)
GROUP = 24


def places_inputs(rng: Rng) -> list[Case]:
    """A small language: the word to the left of a place comes from a group of its own.

    A fifth of each group occurs in the new windows only; its vectors lie with the rest.
    """

    def case(V: int, d: int, N: int, seed: int) -> Case:
        side = np.where(np.arange(V) < V // 2, -1.0, 1.0)
        side[0] = 0.0
        way = rng.normal(0, 1, d)
        way *= 2.0 / np.linalg.norm(way)  # so wide that no secret makes it hard to learn
        E = rng.normal(0, 0.3, (V, d)) + np.outer(side, way)
        mixed = 1 + rng.permutation(V - 1)
        old, new = np.split(mixed, [V - 1 - V // 5])
        numbers = rng.permutation(V)  # the groups do not stand in order
        numbers[np.flatnonzero(numbers == 0)], numbers[0] = numbers[0], 0

        def windows(left: Array) -> Array:
            ids = rng.integers(1, V, (len(left), 5))
            ids[rng.random(len(left)) < 0.1, 4] = 0
            ids[:, 1] = left
            return ids

        told = windows(rng.choice(old, N))
        asked = windows(rng.permutation(np.repeat(np.union1d(new, old[:10]), GROUP)))
        y = (side[told[:, 1]] > 0).astype(int)
        table = np.empty_like(E)
        table[numbers] = E
        name = f"{N} windows, {V} words"
        return Case(name=name, args=(numbers[told], y, table, numbers[asked], seed))

    return [case(48, 8, 320, 3), case(60, 10, 300, 11)]


def find_places(ids: Array, y: Array, E: Array, new_ids: Array, seed: int) -> Array:
    """Descend on one layer, a logistic unit over the window; the borders are straight."""
    x = E[ids].reshape(len(ids), -1)
    w, b = np.zeros(x.shape[1]), 0.0
    for _ in range(2000):
        error = (sigmoid(x @ w + b) - y) / len(y)
        w, b = w - 0.5 * (x.T @ error + 1e-3 * w), b - 0.5 * error.sum()
    return np.asarray(E[new_ids].reshape(len(new_ids), -1) @ w + b > 0)


def _hardly_any(evidence: Evidence) -> bool:
    """Whether in every case all contexts get nearly the same share of places."""
    found = values(evidence)
    return _are_shares(found, evidence) and all(
        float(np.ptp(v)) < 0.75 for v in found or []
    )


def _are_shares(found: list[Any] | None, evidence: Evidence) -> bool:
    """Whether every case came down to a share per left neighbour."""
    shapes = [getattr(o.value, "shape", None) for *_, o in generic(evidence)]  # type: ignore[union-attr]
    return bool(found) and all(
        isinstance(v, np.ndarray) and v.shape == shape
        for v, shape in zip(found or [], shapes, strict=True)
    )


def _only_some(evidence: Evidence) -> bool:
    """Whether shares came back that do differ, without being right."""
    return _are_shares(values(evidence), evidence) and not _hardly_any(evidence)


def _no_guesses(evidence: Evidence) -> bool:
    """Whether something else came back than one yes or no per window."""
    found = values(evidence)
    return (
        bool(found)
        and any(v is not None for v in found or [])
        and not _are_shares(found, evidence)
    )


TRAINING = f"{LECTURE}#Training,-five-times"


EXERCISE = Exercise(
    id="X15.3",
    function="find_places",
    points=3,
    reference=find_places,
    inputs=places_inputs,
    outputs=("guesses",),
    driver=PLACES_DRIVER,
    tolerance=MARGIN,
    seeded=True,
    lecture=TRAINING,
    mistakes=(
        Mistake(
            code="X15.3a",
            variant=lambda ids, y, E, new_ids, seed: np.zeros(len(new_ids)),
            message="You never find a place. See what the network says about the windows "
            "it was taught with, and where the border between yes and no lies.",
        ),
        Mistake(
            code="X15.3b",
            variant=lambda ids, y, E, new_ids, seed: np.ones(len(new_ids)),
            message="To you every word is a place. A score above 0, or a probability "
            "above 0.5, is a yes.",
        ),
        Mistake(
            code="X15.3c",
            variant=lambda ids, y, E, new_ids, seed: ~find_places(ids, y, E, new_ids, seed),
            message="Yes and no are exchanged: what you call a place is none.",
        ),
        Mistake(
            code="X15.3d",
            detect=_hardly_any,
            message="Your guesses hardly depend on what stands before the word, though "
            "that decides here. Train longer, on whole windows; a look-up of the centre "
            "word is not enough.",
        ),
        Mistake(
            code="X15.3e",
            detect=_only_some,
            message="Some contexts are judged rightly, others not. Train until the "
            "training windows are right, and start from the word vectors E: some words "
            "occur in the new windows only.",
        ),
        Mistake(
            code="X15.3f",
            detect=_no_guesses,
            message="Return one guess per new window: a 1-D array of length M with True "
            "and False, or 1 and 0.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def places_in_numpy(ids, y, E, new_ids, seed):
    rng = np.random.default_rng(seed)
    x, w, b = E[ids].reshape(len(ids), -1), np.zeros(5 * E.shape[1]), 0.0
    for _ in range(20):
        for i in rng.permutation(len(y)):
            e = 1 / (1 + np.exp(-(x[i] @ w + b))) - y[i]
            w, b = w - 0.1 * e * x[i], b - 0.1 * e
    return [bool(s > 0) for s in E[new_ids].reshape(len(new_ids), -1) @ w + b]


def places_with_train_ner(ids, y, E, new_ids, seed):
    rng = np.random.default_rng(seed)
    wide, n = 5 * E.shape[1], 12
    start = {
        "E": E,
        "W": rng.normal(0, 1 / np.sqrt(wide), (n, wide)),
        "b": np.zeros(n),
        "u": rng.normal(0, 1 / np.sqrt(n), n),
    }
    batches = [rng.permutation(len(y))[:32] for _ in range(400)]
    end, _ = train_with_backward(ids, y, start, 1.0, batches)
    p = {k: v.detach().numpy() for k, v in end.items()}
    X = p["E"][new_ids].reshape(len(new_ids), -1)
    return (1 / (1 + np.exp(-(X @ p["W"].T + p["b"]))) @ p["u"] > 0).astype(int)


def places_as_tensors(ids, y, E, new_ids, seed):
    import torch
    from torch import nn

    torch.manual_seed(seed)
    table, wanted = torch.tensor(E, dtype=torch.float32), torch.tensor(y)
    X = table[torch.tensor(ids)].flatten(1)
    model = nn.Sequential(nn.Linear(X.shape[1], 16), nn.ReLU(), nn.Linear(16, 2))
    opt = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=1e-3)
    for _ in range(200):
        opt.zero_grad()
        nn.functional.cross_entropy(model(X), wanted).backward()
        opt.step()
    return model(table[torch.tensor(new_ids)].flatten(1)).argmax(dim=1)


def places_as_ones_and_zeros(ids, y, E, new_ids, seed):
    return np.array(places_in_numpy(ids, y, E, new_ids, seed)).astype(float)


RIGHT_WAYS = [
    places_in_numpy,
    places_with_train_ner,
    places_as_tensors,
    places_as_ones_and_zeros,
]

EQUIVALENTS = {
    "torch.manual_seed(seed) → pass": "every start ends in the same guesses: the languages can be learned",
    "for _ in range(10): → for _ in range(11):": "how long to train is free",
    "opt = torch.optim.Adam(model.parameters(), lr=0.005) → opt = torch.optim.Adam(model.parameters(), lr=0.01)": "the learning rate is free",
    "for rows in torch.randperm(len(y)).split(32): → for rows in torch.randperm(len(y)).split(33):": "the size of the batches is free",
    "return (model(torch.tensor(new_ids)) > 0).numpy() → return (model(torch.tensor(new_ids)) >= 0).numpy()": "no score is exactly 0",
    "return (model(torch.tensor(new_ids)) > 0).numpy() → return (model(torch.tensor(new_ids)) > 1).numpy()": "the scores of the two kinds lie farther apart",
    "return (model(torch.tensor(new_ids)) > 0).numpy() → return (model(torch.tensor(new_ids)) > -1).numpy()": "the scores of the two kinds lie farther apart",
    "model = nn.Sequential(nn.Embedding.from_pretrained(torch.tensor(E), freeze=False), nn.Flatten(), nn.Linear(5 * E.shape[1], 20), nn.Tanh(), nn.Linear(20, 1), nn.Flatten(0)).double() → model = nn.Sequential(nn.Embedding.from_pretrained(torch.tensor(E), freeze=True), nn.Flatten(), nn.Linear(5 * E.shape[1], 20), nn.Tanh(), nn.Linear(20, 1), nn.Flatten(0)).double()": "whether the table moves is free",
    "model = nn.Sequential(nn.Embedding.from_pretrained(torch.tensor(E), freeze=False), nn.Flatten(), nn.Linear(5 * E.shape[1], 20), nn.Tanh(), nn.Linear(20, 1), nn.Flatten(0)).double() → model = nn.Sequential(nn.Embedding.from_pretrained(torch.tensor(E), freeze=False), nn.Flatten(), nn.Linear(5 * E.shape[-1], 20), nn.Tanh(), nn.Linear(20, 1), nn.Flatten(0)).double()": "the last axis of a matrix is axis 1",
}


# --- examples of mistakes -------------------------------------------------------------


def by_the_centre(ids: Array, y: Array, E: Array, new_ids: Array, seed: int) -> Array:
    """The baseline of lecture 14: what the centre word was more often."""
    seen = [y[ids[:, 2] == word] for word in new_ids[:, 2]]
    return np.array([bool(len(labels)) and labels.mean() > 0.5 for labels in seen])


def from_random_vectors(
    ids: Array, y: Array, E: Array, new_ids: Array, seed: int
) -> list[bool]:
    other = np.random.default_rng(seed).normal(size=E.shape)
    return places_in_numpy(ids, y, other, new_ids, seed)


def in_another_form(form: Callable[[Array], Any]) -> Callable[..., Any]:
    return lambda *args: form(np.array(places_in_numpy(*args)))


WRONG_WAYS = {
    "X15.3d": [by_the_centre],
    "X15.3e": [from_random_vectors],
    "X15.3f": [
        in_another_form(lambda yes: yes[:, None]),
        in_another_form(lambda yes: yes[1:]),
        in_another_form(lambda yes: yes.mean()),
        in_another_form(lambda yes: np.where(yes, 0.9, 0.1)),
        in_another_form(lambda yes: np.where(yes, 3, -3)),
        in_another_form(lambda yes: yes.astype(str)),
        in_another_form(lambda yes: np.stack([~yes, yes], axis=1)),
    ],
}


# --- what the reference has to agree with ---------------------------------------------


def witness_languages_can_be_learned() -> None:
    """The reference errs nowhere: the bound of 30 % has room on both sides."""
    for seed in range(12):
        for _, shares in expected(EXERCISE, seed):
            assert set(np.unique(shares)) == {0, 1}
            assert 0.2 < shares.mean() < 0.8
