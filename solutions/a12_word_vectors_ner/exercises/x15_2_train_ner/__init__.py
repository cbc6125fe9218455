"""X15.2 `train_ner`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from grader.judge.compare import compare
from grader.kernel.inside.codec import Tensor
from grader.model import Evidence, Exercise, Mistake

from ...._shared import generic, raised, values
from .._shared import (
    FRAMEWORKS,
    GRADIENTS,
    HABITS,
    LECTURE,
    LOSS,
    ORDERS,
    TABLE,
    TANH,
)
from .cases import NAMES, TRAIN_DRIVER, train_inputs
from .descent import not_returned, train_ner, trained
from .right_ways import RIGHT_WAYS
from .witness import witness_sgd_of_torch
from .wrong_ways import WRONG_WAYS

__all__ = ["EQUIVALENTS", "EXERCISE", "RIGHT_WAYS", "WRONG_WAYS", "witness_sgd_of_torch"]


def _holds_graphs(evidence: Evidence) -> bool:
    """Whether the losses came back as tensors that still want gradients."""

    def held(losses: Any) -> bool:
        parts = losses if isinstance(losses, (list, tuple)) else [losses]
        return any(isinstance(p, Tensor) and p.requires_grad for p in parts)

    found = values(evidence)
    return bool(found) and all(
        isinstance(value, dict) and held(value.get("losses")) for value in found or []
    )


def _other_form(evidence: Evidence) -> bool:
    """Whether no call came back with parameters and losses, and not all with None."""
    found = values(evidence)
    return (
        bool(found)
        and any(value is not None for value in found or [])
        and not any(isinstance(v, dict) and "losses" in v for v in found or [])
    )


def _stands_still(evidence: Evidence) -> bool:
    """Whether some parameter comes back as it went in, on every generic case."""
    found = values(evidence)
    if not found or _holds_graphs(evidence) or _other_form(evidence):
        return False
    return any(
        all(
            isinstance(value, dict) and compare(value.get(name), case.args[2][name]) is None
            for value, (case, _, _) in zip(found, generic(evidence), strict=True)
        )
        for name in NAMES
    )


STEP = f"{FRAMEWORKS}#The-step:-an-optimizer-in-a-few-lines"
GRAPH = f"{FRAMEWORKS}#The-graph-behind-the-loss"
DISCARDED = f"{FRAMEWORKS}#When-is-the-graph-thrown-away?"
BACK = f"{FRAMEWORKS}#Backward:-writes,-never-moves"


HELD_BACK: tuple[tuple[str, str, tuple[str, ...], str, str], ...] = (
    (
        "X15.2f",
        "RuntimeError",
        ("leaf Variable that requires grad",),
        "A tensor that wants a gradient is changed in place while PyTorch records, and "
        "PyTorch refuses. The update is no part of the model: 'with torch.no_grad():'.",
        STEP,
    ),
    (
        "X15.2g",
        "RuntimeError",
        ("does not require grad",),
        "The loss leads back to nothing that wants a gradient. Set requires_grad on the "
        "four parameters, and compute the loss while PyTorch records: no no_grad, "
        "detach() or item() on the way. A parameter made anew in the update (w = w - ...) "
        "under no_grad wants no gradient any more: change it in place, w -= ...",
        BACK,
    ),
    (
        "X15.2h",
        "RuntimeError",
        ("through the graph a second time",),
        "backward walks through a graph that has been used up. Each batch needs a forward "
        "pass and a loss of its own, and a running sum of losses is for reports only: "
        "never call backward on it.",
        DISCARDED,
    ),
    (
        "X15.2i",
        "RuntimeError",
        ("modified by an inplace operation",),
        "A number that backward still needs has been overwritten: by a step before "
        "backward, or by +=, x[i] = or the like inside the model.",
        DISCARDED,
    ),
    (
        "X15.2j",
        "RuntimeError ValueError",
        ("same dtype", "expected scalar type", "Found dtype", "desired output type"),
        "Two kinds of numbers meet that PyTorch does not mix. Parameters are float64 and "
        "stay so with torch.tensor(array); the labels are whole numbers and have to be "
        "made float64, .double(), for this loss.",
        LOSS,
    ),
    (
        "X15.2k",
        "IndexError RuntimeError",
        ("used as indices must be", "'indices'"),
        "Words are looked up with numbers that are not whole. ids holds integers: leave "
        "them so.",
        f"{LECTURE}#The-embedding-layer",
    ),
    (
        "X15.2l",
        "AssertionError RuntimeError",
        ("not compiled with CUDA", "NVIDIA", "CUDA GPUs", "mps devices"),
        "You ask for a graphics card. Where this is graded there is none, as on many "
        "laptops: leave the device out.",
        f"{FRAMEWORKS}#Put-together",
    ),
    (
        "X15.2m",
        "RuntimeError",
        ("call numpy() on Tensor",),
        "NumPy cannot record gradients. Compute with torch's functions; for the result "
        "take .detach().numpy(), or return the tensor.",
        GRAPH,
    ),
    (
        "X15.2n",
        "TypeError AttributeError",
        ("NoneType",),
        "Something you use is None, most likely a .grad. backward() fills it only for "
        "the tensors a graph begins with; one computed from others (w = w - ...) is none "
        "of them, and without requires_grad there is none either.",
        STEP,
    ),
    (
        "X15.2o",
        "TypeError",
        ("must be Tensor", "'numpy.ndarray' and 'Tensor'"),
        "An array stands where PyTorch wants a tensor. Make tensors of all data first: "
        "torch.tensor(array).",
        f"{LECTURE}#All-labels-at-once-(9-minutes,-optional)",
    ),
    (
        "X15.2p",
        "RuntimeError",
        ("only for scalar outputs",),
        "backward starts at one number, and your loss has several: take their mean.",
        LOSS,
    ),
)


OTHER_LOOPS: tuple[tuple[str, dict[str, Any], str], ...] = (
    (
        "X15.2u",
        {"act": "relu"},
        "The hidden layer is that of ReLU. Here it is the logistic function, torch.sigmoid.",
    ),
    (
        "X15.2z",
        {"turned": True},
        "The labels are exchanged: 1 is a place, and the score of a place should rise.",
    ),
    (
        "X15.2za",
        {"order": lambda batches: batches[:1]},
        "Only the first batch was used. Does your function return inside the loop? The "
        "return belongs after it.",
    ),
    (
        "X15.2zb",
        {"order": lambda batches: batches[::-1]},
        "The batches are taken from the last to the first. Take them as they come.",
    ),
    (
        "X15.2zc",
        {"order": lambda batches: [*batches, *batches]},
        "The batches are used twice. Each makes one step.",
    ),
    (
        "X15.2zd",
        {"step_factor": lambda n: 1 / n},
        "Each step is divided by the size of its batch once more. The mean loss has that "
        "1/n already, and its gradient, too.",
    ),
    (
        "X15.2ze",
        {"loss_factor": float},
        "The losses in your list are sums over the windows of a batch. The task takes the "
        "mean.",
    ),
    *(
        (
            "X15.2w",
            {"report": report},
            "Only the last loss is there. Make the list before the loop, and append the "
            "loss of each batch to it.",
        )
        for report in (lambda losses: losses[-1:], lambda losses: losses[-1])
    ),
    (
        "X15.2t",
        {"choose": lambda rows: rows[:1]},
        "Each step uses one window of its batch. It should use all of them.",
    ),
    (
        "X15.2zf",
        {"choose": np.unique},
        "A row that stands twice in a batch counts once with you. It counts as often as it "
        "stands there.",
    ),
)


def _raised_any(kinds: str, texts: Sequence[str]) -> Callable[[Evidence], bool]:
    tests = [raised(kinds, text) for text in texts]
    return lambda evidence: any(test(evidence) for test in tests)


EXERCISE = Exercise(
    id="X15.2",
    function="train_ner",
    points=6,
    reference=train_ner,
    inputs=train_inputs,
    outputs=(*NAMES, "losses"),
    pack="dict",
    driver=TRAIN_DRIVER,
    lecture=f"{FRAMEWORKS}#Put-together",
    mistakes=(
        Mistake(
            code="X15.2a",
            variant=trained(keep=True),
            message="The gradients of all batches pile up. backward adds to .grad: clear "
            "it before each batch.",
            lecture=ORDERS,
        ),
        Mistake(
            code="X15.2b",
            variant=trained(step_factor=lambda n: -1.0),
            message="You walk uphill. The update subtracts eta times the gradient.",
            lecture=STEP,
        ),
        Mistake(
            code="X15.2c",
            variant=trained(squashed=True),
            message="A logistic function too many: the loss takes it of a probability. "
            "binary_cross_entropy_with_logits wants the raw score s.",
            lecture=LOSS,
        ),
        Mistake(
            code="X15.2d",
            variant=trained(step_factor=float, loss_factor=float),
            message="Your loss is the sum over the windows of the batch. The task takes "
            "the mean.",
            lecture=LOSS,
        ),
        Mistake(
            code="X15.2e",
            detect=_holds_graphs,
            message="The losses you return are tensors with their graphs: as long as "
            "somebody holds the list, nothing of any step can be forgotten. Keep the "
            "number, loss.item().",
            lecture=HABITS,
        ),
        *(
            Mistake(
                code=code,
                detect=_raised_any(kinds, texts),
                message=message,
                lecture=lecture,
            )
            for code, kinds, texts, message, lecture in HELD_BACK
        ),
        Mistake(
            code="X15.2q",
            variant=trained(frozen="E"),
            message="The word vectors do not move. The table E is a parameter too: it "
            "wants a gradient and a step.",
            lecture=TABLE,
        ),
        *(
            Mistake(
                code="X15.2r",
                variant=trained(frozen=name),
                message=f"{name} does not move. It wants a gradient and a step, like the "
                "others.",
                lecture=STEP,
            )
            for name in "Wbu"
        ),
        Mistake(
            code="X15.2r",
            detect=_stands_still,
            message="At least one of E, W, b and u comes back as it went in. Each of them "
            "wants a gradient and a step.",
            lecture=STEP,
        ),
        *(
            Mistake(
                code="X15.2y",
                variant=variant,
                message="Nothing moves. Clear the gradients before backward, not between "
                "backward and the step, and change the parameters you return.",
                lecture=ORDERS,
            )
            for variant in (trained(step_factor=lambda n: 0.0), not_returned)
        ),
        Mistake(
            code="X15.2x",
            detect=_other_form,
            message="Return the tuple (params, losses): first a dict with the keys E, W, b "
            "and u, then the list of losses.",
        ),
        Mistake(
            code="X15.2s",
            variant=trained(padding=True),
            message="Row 0 of E does not move. Here it is a row like any other: no "
            "padding_idx.",
            lecture=TABLE,
        ),
        Mistake(
            code="X15.2t",
            variant=trained(whole=True),
            message="Every step uses all windows. It should use those of its batch alone: "
            "batches holds row numbers of ids and y.",
        ),
        Mistake(
            code="X15.2u",
            variant=trained(act="tanh"),
            message=TANH,
            lecture=GRADIENTS,
        ),
        *(
            Mistake(code=code, variant=trained(**how), message=message)
            for code, how, message in OTHER_LOOPS
        ),
        Mistake(
            code="X15.2v",
            variant=trained(after=True),
            message="The loss of each batch is taken after the step. The task wants the "
            "one from which the step was made.",
        ),
        *(
            Mistake(
                code="X15.2w",
                variant=trained(report=report),
                message="The losses are added up along the way. The list has one entry "
                "per batch, its own loss.",
            )
            for report in (lambda v: list(np.cumsum(v)), math.fsum)
        ),
    ),
)

EQUIVALENTS = {
    "rows = torch.tensor(rows) → pass": "an array of row numbers is an index as well",
}
