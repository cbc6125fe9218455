"""G15.1 `train_step`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from grader.model import Case, Exercise, Mistake

from ...._shared import values
from .._shared import FRAMEWORKS, LOSS, ORDERS
from .driver import STEP_DRIVER
from .right_ways import RIGHT_WAYS
from .wrong_ways import WRONG_WAYS

__all__ = ["EXERCISE", "RIGHT_WAYS", "WRONG_WAYS"]


def train_step(model: Any, loss_fn: Any, opt: Any, x: Any, y: Any) -> None:
    """T15.3 with E19 and E29: five calls."""
    opt.zero_grad()
    loss = loss_fn(model(x), y)
    loss.backward()
    opt.step()


def _calls(order: str, change: Callable[..., Any] | None = None) -> Callable[..., None]:
    """Return a step that makes its calls in another order: z f l b s."""

    def run(model: Any, loss_fn: Any, opt: Any, x: Any, y: Any) -> None:
        y_hat = loss = model(x)
        for call in order:
            match call:
                case "z":
                    opt.zero_grad()
                case "l":
                    given = (y_hat, y) if change is None else change(y_hat, y)
                    loss = loss_fn(*given)
                case "b":
                    loss.backward()
                case "r":
                    loss.backward(retain_graph=True)
                case "s":
                    opt.step()

    return run


SOFTMAX = (
    "The predictions are turned into probabilities before the loss function gets them. A "
    "loss like nn.CrossEntropyLoss does that itself and wants raw scores: hand over what "
    "the model returns."
)


STEPS: tuple[tuple[str, Callable[..., None], str, str], ...] = (
    (
        "M15.1a",
        _calls("lbs"),
        "Nobody clears the gradients. backward adds to what .grad holds, and the last step "
        "left something there.",
        ORDERS,
    ),
    (
        "M15.1b",
        _calls("zlsb"),
        "The parameters move before backward has written their gradients: with those of "
        "the step before, or with none.",
        ORDERS,
    ),
    (
        "M15.1c",
        _calls("lbzs"),
        "The gradients are cleared after backward has written them and before step can use "
        "them. Nothing will move.",
        ORDERS,
    ),
    (
        "M15.1d",
        _calls("zbs"),
        "The loss function is never asked: you go back from the predictions. They say "
        "nothing about right or wrong before they are compared with y.",
        f"{FRAMEWORKS}#The-shorthand,-written-out",
    ),
    (
        "M15.1d",
        _calls("bs"),
        "This is the shorthand of forward, backward and update. Written out there are two more "
        "calls: one clears the gradients, and a loss function compares the predictions with y.",
        f"{FRAMEWORKS}#The-shorthand,-written-out",
    ),
    ("M15.1e", _calls("zlbs", lambda p, y: (p.softmax(1), y)), SOFTMAX, LOSS),
    ("M15.1e", _calls("zlbs", lambda p, y: (p.log_softmax(1), y)), SOFTMAX, LOSS),
    ("M15.1e", _calls("zlbs", lambda p, y: (p.sigmoid(), y)), SOFTMAX, LOSS),
    (
        "M15.1f",
        _calls("zlrs"),
        "The graph is kept after backward. That is for a second walk through the same "
        "graph; here it only holds on to memory.",
        f"{FRAMEWORKS}#When-is-the-graph-thrown-away?",
    ),
    *(
        (
            "M15.1g",
            _calls("zlbs", change),
            "The loss function gets something in another shape. (N, 1) against (N,) is "
            "broadcast to N x N pairs without an error; leave the shapes as they are.",
            LOSS,
        )
        for change in (
            lambda p, y: (p, y[:, None]),
            lambda p, y: (p[:, None], y),
        )
    ),
    (
        "X15.0a",
        _calls("lbsz"),
        "The gradients are cleared at the very end. What they hold when your function is "
        "called is still there when backward adds to it.",
        ORDERS,
    ),
    (
        "X15.0b",
        _calls("zlbs", lambda p, y: (y, p)),
        "The loss function gets prediction and target in the wrong order: loss_fn(y_hat, "
        "y). Cross-entropy would take the targets for scores.",
        LOSS,
    ),
    (
        "X15.0c",
        _calls("zlb"),
        "The gradients are there, but nobody moves the parameters.",
        f"{FRAMEWORKS}#Four-parts,-five-calls",
    ),
    (
        "X15.0d",
        _calls("zls"),
        "There is a loss, but no backward: the gradients stay empty.",
        f"{FRAMEWORKS}#Four-parts,-five-calls",
    ),
    (
        "X15.0e",
        _calls("zlbs", lambda p, y: (p.detach(), y)),
        "The prediction is cut off its graph (detach) before the loss is taken. Nothing "
        "finds the way back to the parameters.",
        f"{FRAMEWORKS}#The-graph-behind-the-loss",
    ),
)


EXERCISE = Exercise(
    id="G15.1",
    function="train_step",
    points=3,
    reference=train_step,
    inputs=lambda rng: [
        Case(name=f"call {i}", args=(float(v),)) for i, v in enumerate(rng.random(2))
    ],
    outputs=("calls",),
    driver=STEP_DRIVER,
    unchanged="",
    lecture=f"{FRAMEWORKS}#Four-parts,-five-calls",
    mistakes=(
        *(
            Mistake(code=code, variant=variant, message=message, lecture=lecture)
            for code, variant, message, lecture in STEPS
        ),
        Mistake(
            code="X15.0f",
            detect=lambda evidence: values(evidence) is not None,
            message="Of the five calls some are missing, made twice, out of order, under "
            "no_grad(), in evaluation mode, or get something else than they should.",
        ),
    ),
)


def witness_descent_by_hand() -> None:
    """Two steps on a line: every weight moves by the rate times its slope at the time."""
    import torch

    model = torch.nn.Linear(1, 1).double()
    opt = torch.optim.SGD(model.parameters(), lr=0.1)
    with torch.no_grad():
        model.weight.fill_(2.0)
        model.bias.fill_(-1.0)
    w, b, x, t = 2.0, -1.0, 3.0, 1.0
    for _ in range(2):
        error = w * x + b - t
        w, b = w - 0.1 * 2 * error * x, b - 0.1 * 2 * error
        point = torch.tensor([[x]]).double(), torch.tensor([[t]]).double()
        train_step(model, torch.nn.functional.mse_loss, opt, *point)
        assert abs(model.weight.item() - w) < 1e-12
        assert abs(model.bias.item() - b) < 1e-12
