"""X15.1 `evaluate`."""

from __future__ import annotations

import contextlib
import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.kernel.inside.codec import Tensor
from grader.model import Case, Evidence, Exercise, Mistake
from grader.vetting.witness import expected

from ..._shared import values
from ._shared import HABITS, LOSS, Rng

# The model drops every second entry while it trains; loss_fn gives the mean of a batch.
# Without PyTorch in the process arrays take the place of tensors.
EVALUATE_DRIVER = """
import sys

import numpy as np

SEEN = []  # of every model and its copies: in training mode? recorded?


class Model:
    def __init__(self, w):
        self.w, self.training = w, True

    def train(self, mode=True):
        self.training = mode
        return self

    def eval(self):
        return self.train(False)

    def __call__(self, x):
        SEEN.append([self.training, False])
        return x * self.w * kept(x, self.training)


def kept(x, training):
    return np.arange(len(x)) % 2 * 2.0 if training else np.ones(len(x))


def module(w, torch):
    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.w = torch.nn.Parameter(torch.tensor(w, dtype=torch.float64))

        def forward(self, x):
            SEEN.append([self.training, torch.is_grad_enabled()])
            return x * self.w * torch.tensor(kept(x, self.training))

    return Model()


def drive(f, w, batches):
    SEEN.clear()
    torch = sys.modules.get("torch")
    make = np.asarray if torch is None else torch.tensor
    model = Model(np.float64(w)) if torch is None else module(w, torch)
    tensors = [(make(x), make(y)) for x, y in batches]
    loss = f(model, lambda y_hat, y: ((y_hat - y) ** 2 * (1 + y * y)).mean(), tensors)
    training, recording = (any(flags) for flags in zip(*SEEN))
    return {"loss": loss, "training": training, "recording": recording}
"""


def batch_inputs(rng: Rng) -> list[Case]:
    """Batches of different lengths; one alone."""

    def case(*sizes: int) -> Case:
        batches = [(rng.normal(0, 1, n), rng.normal(0, 1, n)) for n in sizes]
        return Case(name=f"batches of {sizes}", args=(float(rng.normal(1, 1)), batches))

    return [case(5, 5, 2), case(4, 7), case(3, 3, 3, 6)]


def _evaluation(
    weigh: Callable[[list[float], list[int]], float], *, swapped: bool = False
) -> Callable[..., float]:
    """Return an evaluation that makes one number of the batches' losses and sizes."""

    def run(model: Any, loss_fn: Any, batches: Any) -> float:
        torch = sys.modules.get("torch")
        with torch.no_grad() if torch else contextlib.nullcontext():
            model.eval()
            pairs = [(model(x), y) for x, y in batches]
            found = [float(loss_fn(*pair[:: -1 if swapped else 1])) for pair in pairs]
        return weigh(found, [len(y) for _, y in batches])

    return run


def _weighted(found: list[float], sizes: list[int]) -> float:
    return math.fsum(v * n for v, n in zip(found, sizes, strict=True)) / sum(sizes)


evaluate = _evaluation(_weighted)


def _evaluated(
    *, training: bool = False, recording: bool = False, tensor: bool | None = False
) -> Callable[[Evidence], bool]:
    """Return a test of how the evaluation was run; ``tensor`` None: whatever comes back."""

    def test(evidence: Evidence) -> bool:
        found = values(evidence)
        return bool(found) and all(
            isinstance(value, dict)
            and bool(value["training"]) is training
            and bool(value["recording"]) is recording
            and tensor in (None, isinstance(value["loss"], Tensor))
            for value in found or []
        )

    return test


TRAINS = (
    "The model is still in training mode: dropout drops. Call eval() before you ask it."
)


RECORDS = (
    "Everything is recorded, though nobody will go back. Ask the model under 'with "
    "torch.no_grad():'; eval() alone does not stop the recording."
)


HOLDS = (
    "You return a tensor that still holds the graph of every batch, so nothing of it can "
    "be forgotten. Add up numbers, loss.item(), and do not record."
)


EXERCISE = Exercise(
    id="X15.1",
    function="evaluate",
    points=3,
    reference=evaluate,
    inputs=batch_inputs,
    outputs=("loss", "training", "recording"),
    pack="dict",
    driver=EVALUATE_DRIVER,
    unchanged="",
    lecture=HABITS,
    mistakes=(
        Mistake(
            code="X15.1a",
            variant=_evaluation(lambda found, sizes: math.fsum(found) / len(found)),
            message="The mean of the batches' means counts an example of a small batch "
            "for more. Weigh each batch with the number of its examples.",
        ),
        Mistake(
            code="X15.1b",
            variant=_evaluation(lambda found, sizes: math.fsum(found)),
            message="You return the sum of the batches' losses. Their weighted mean, loss "
            "per example, can be compared between data sets.",
        ),
        Mistake(
            code="X15.1c",
            variant=_evaluation(
                lambda found, sizes: math.fsum(
                    v * n for v, n in zip(found, sizes, strict=True)
                ),
            ),
            message="The batches are weighted, but the sum is not divided by the number of "
            "all examples.",
        ),
        Mistake(
            code="X15.0b",
            variant=_evaluation(_weighted, swapped=True),
            message="The loss function gets prediction and target in the wrong order: "
            "loss_fn(y_hat, y).",
            lecture=LOSS,
        ),
        Mistake(
            code="M15.1h", detect=_evaluated(training=True, tensor=None), message=TRAINS
        ),
        Mistake(code="M15.1h", detect=_evaluated(recording=True), message=RECORDS),
        Mistake(
            code="M15.1h",
            detect=_evaluated(training=True, recording=True),
            message="The model is still in training mode, and everything is recorded. You "
            "need both: model.eval() and 'with torch.no_grad():'.",
        ),
        Mistake(
            code="M15.1i", detect=_evaluated(recording=True, tensor=True), message=HOLDS
        ),
        Mistake(
            code="M15.1i",
            detect=_evaluated(training=True, recording=True, tensor=True),
            message=HOLDS + " And switch to eval().",
        ),
        Mistake(
            code="X15.1d",
            variant=_evaluation(lambda found, sizes: math.fsum(found) / sum(sizes)),
            message="You divide by the number of examples, but each batch has added only "
            "its mean loss. Multiply that by len(y) before you add it up.",
        ),
        Mistake(
            code="X15.1e",
            variant=_evaluation(
                lambda found, sizes: (
                    math.fsum(v * n for v, n in zip(found, sizes, strict=True)) / len(found)
                ),
            ),
            message="The batches are weighted, but then the sum is divided by the number "
            "of batches. Divide it by the number of all examples.",
        ),
        Mistake(
            code="X15.1f",
            variant=_evaluation(lambda found, sizes: found[-1]),
            message="That is the loss of the last batch alone. Add up all of them.",
        ),
        Mistake(
            code="X15.1f",
            variant=_evaluation(lambda found, sizes: found[0]),
            message="That is the loss of the first batch alone. See whether the 'return' "
            "is inside the loop.",
        ),
        Mistake(
            code="X15.1g",
            variant=_evaluation(lambda found, sizes: found[-1] * sizes[-1] / sum(sizes)),
            message="Only the last batch is left in the sum. Add with +=: with = each batch "
            "replaces those before it.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def evaluate_in_inference_mode(model, loss_fn, batches):
    import torch

    model.eval()
    with torch.inference_mode():
        found = torch.stack([loss_fn(model(x), y) for x, y in batches])
        sizes = torch.tensor([len(y) for _, y in batches])
        mean = (found * sizes).sum() / sizes.sum()
    model.train()
    return mean.item()


def evaluate_as_decorated(model, loss_fn, batches):
    import torch

    @torch.no_grad()
    def total():
        return sum(loss_fn(model(x), y) * y.shape[0] for x, y in batches)

    model.train(False)
    return float(total()) / sum(len(y) for _, y in batches)


def evaluate_and_return_numpy(model, loss_fn, batches):
    import torch

    with torch.no_grad():
        model.eval()
        found = [loss_fn(model(x), y).item() for x, y in batches]
    return np.average(found, weights=[len(y) for _, y in batches])


def evaluate_and_return_a_tensor(model, loss_fn, batches):
    import torch

    model.eval()
    with torch.no_grad():
        total = sum(loss_fn(model(x), y) * len(y) for x, y in batches)
    return total / sum(len(y) for _, y in batches)


def evaluate_on_the_device_of_the_model(model, loss_fn, batches):
    import torch

    device = next(model.parameters()).device
    model.to(device).eval()
    total = count = 0
    with torch.no_grad():
        for x, y in batches:
            x, y = x.to(device), y.to(device)
            total += float(loss_fn(model(x), y)) * y.numel()
            count += y.numel()
    return total / count


RIGHT_WAYS = [
    evaluate_in_inference_mode,
    evaluate_as_decorated,
    evaluate_and_return_numpy,
    evaluate_and_return_a_tensor,
    evaluate_on_the_device_of_the_model,
]


# --- examples of mistakes -------------------------------------------------------------


def evaluation(
    *, train: bool = False, record: bool = False, tensor: bool = False
) -> Callable[..., Any]:
    """Return an evaluation with bad habits."""

    def run(model: Any, loss_fn: Any, batches: Any) -> Any:
        import torch

        model.train(train)
        with torch.set_grad_enabled(record):
            total = sum(loss_fn(model(x), y) * len(y) for x, y in batches)
        mean = total / sum(len(y) for _, y in batches)
        return mean if tensor else mean.item()

    return run


WRONG_WAYS = {
    "M15.1h": [
        evaluation(train=True),
        evaluation(train=True, tensor=True),
        evaluation(record=True),
        evaluation(train=True, record=True),
    ],
    "M15.1i": [
        evaluation(record=True, tensor=True),
        evaluation(train=True, record=True, tensor=True),
    ],
}


# --- what the reference has to agree with ---------------------------------------------


def witness_all_examples_at_once() -> None:
    """In float64, in PyTorch as well."""
    import torch  # noqa: F401 - the driver looks whether it is there

    for seed in range(8):
        for (w, batches), found in expected(EXERCISE, seed):
            parts = [(w * x - y) ** 2 * (1 + y * y) for x, y in batches]
            right = np.mean(np.concatenate(parts))
            np.testing.assert_allclose(found["loss"], right, rtol=1e-12)
