"""X11.2 `Dropout`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader.judge.compare import compare
from grader.model import UNCHANGED, Evidence, Exercise, Mistake, Part, Returned

from .._shared import AXES, DROPOUT, MESSAGES, Array, Rng, right_for_some_axes
from .cases import LAYER_DRIVER, NOTHING, layer_inputs
from .right_ways import RIGHT_WAYS
from .wrong_ways import WRONG_WAYS

__all__ = ["EQUIVALENTS", "EXERCISE", "RIGHT_WAYS", "WRONG_WAYS"]


class Dropout:
    """T11.6 with a mask of its own, drawn as coins."""

    def __init__(self, p: float, rng: Rng) -> None:
        self.rng, self.stays = rng, 1 - p
        self.mask: Any = None

    def forward(self, x: Array, train: bool) -> Array:
        """Thin x out in training, with a new mask."""
        if not train:
            return x.copy()
        self.mask = self.rng.binomial(1, self.stays, x.shape)
        return np.where(self.mask == 1, x / self.stays, 0.0)

    def backward(self, dout: Array) -> Array:
        """Send a gradient through the latest mask."""
        return np.where(self.mask == 1, dout / self.stays, 0.0)


class _Flawed(Dropout):
    """A layer of replaceable parts, for the mistakes."""

    def __init__(self, p: float, rng: Rng) -> None:
        super().__init__(p, rng)
        self.p = p

    def draw(self, shape: tuple[int, ...]) -> Array:
        return np.asarray(self.rng.random(shape) >= self.p)

    def shown(self, on: Array) -> Any:
        return on

    def scale(self) -> float:
        return 1 / (1 - self.p)

    def back(self) -> Array:
        return np.asarray(self.on * self.scale())

    def test(self, x: Array) -> Array:
        return x

    def forward(self, x: Array, train: bool) -> Array:
        if not train:
            return self.test(x)
        self.on = self.draw(x.shape)
        self.mask = self.shown(self.on)
        return np.asarray(x * self.on * self.scale())

    def backward(self, dout: Array) -> Array:
        return dout * self.back()


def _layer(**parts: Callable[..., Any]) -> type[_Flawed]:
    """Return a layer with some methods replaced."""
    return type("Layer", (_Flawed,), parts)


def _drawn_once(self: Any, shape: tuple[int, ...]) -> Array:
    if not hasattr(self, "first"):
        self.first = self.rng.random(shape) >= self.p
    return np.asarray(self.first)


def _seeded_once(self: Any, shape: tuple[int, ...]) -> Array:
    if not hasattr(self, "mine"):
        self.mine = np.random.default_rng(0)
    return np.asarray(self.mine.random(shape) >= self.p)


def _reseeded(self: Any, shape: tuple[int, ...]) -> Array:
    np.random.seed(0)
    return np.asarray(np.random.random(shape) >= self.p)


def _drawn_again(self: Any, x: Array) -> Array:
    return np.asarray(x * self.draw(x.shape) * self.scale())


def _drawn_over(self: Any, x: Array) -> Array:
    self.on = self.draw(x.shape)
    return np.asarray(x * self.on * self.scale())


def _keeps_x(self: Any, x: Array, train: bool) -> Array:
    self.x = x
    return _Flawed.forward(self, x, train)


def _forgets(self: Any, x: Array) -> Array:
    self.on = None
    return x


def _keeps_ones(self: Any, x: Array) -> Array:
    self.on = np.ones(x.shape)
    return x


def _by_columns(self: Any, shape: tuple[int, ...]) -> Array:
    on = self.rng.random(shape[-1:]) >= self.p
    return np.asarray(np.broadcast_to(on, shape))


def _by_number(self: Any, shape: tuple[int, ...]) -> Array:
    on = np.arange(int(np.prod(shape))) >= round(self.p * np.prod(shape))
    return np.asarray(self.rng.permutation(on).reshape(shape))


def _facts(evidence: Evidence) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return what the driver found in the generic cases, and what is right."""
    return [
        (outcome.value, right.value)
        for case, outcome, right in zip(
            evidence.cases, evidence.outcomes, evidence.expected, strict=True
        )
        if case.role == "generic"
        and isinstance(outcome, Returned)
        and isinstance(right, Returned)
        and isinstance(outcome.value, dict)
    ]


def _mask_of_other_shape(evidence: Evidence) -> bool:
    """Whether masks have another shape than x, and all is right where they have not."""
    facts = _facts(evidence)
    others = [pair for pair in facts if pair[0].get("mask") != ["shape"]]
    return len(others) < len(facts) and all(
        compare(mine, right) is None for mine, right in others
    )


def _drawn_otherwise(evidence: Evidence) -> bool:
    """Whether what is dropped is odd, and nothing is wrong that odd draws do not spoil."""
    facts = _facts(evidence)
    return any(mine.get("chance") != right["chance"] for mine, right in facts) and all(
        compare(mine.get(name), right[name]) is None
        for mine, right in facts
        for name in ("survivors", "mask", "evaluation", "backward")
    )


NOT_GIVEN = (
    "The masks do not come from the generator you are given: the same seed has to give the "
    "same masks and another seed others. Draw from self.rng, and only from it."
)


ODD_DRAWS = (
    "What the layer drops does not look like independent draws with probability p, one per "
    "entry of x."
)


LOST = (
    "After a call in testing, backward no longer gives the gradient of the latest forward "
    "pass in training. Leave what forward has kept alone in testing."
)


AT_ONCE = (
    "Units are not dropped one by one: rows or columns share one draw. Draw a number for "
    "every entry of x."
)


FACTS = ("survivors", "chance", "mask", "fresh", "generator", "evaluation", "backward")
WEIGHTS = {2: 0.2, 1: 0.15, 3: 0.1}
"""Number of axes -> what each fact is worth. Tables are what dropout is used for."""

EXERCISE = Exercise(
    id="X11.2",
    function="Dropout",
    points=4,
    reference=Dropout,
    inputs=layer_inputs,
    outputs=FACTS,
    parts=(
        *(
            Part(name=f"{fact}, {AXES[n]}", weight=w, output=fact, group=AXES[n])
            for n, w in WEIGHTS.items()
            for fact in FACTS
        ),
        Part(name=NOTHING, weight=0.45, edge=NOTHING),
        Part(name=UNCHANGED, weight=0.4, edge=UNCHANGED),
    ),
    pack="dict",
    driver=LAYER_DRIVER,
    seeded=True,
    lecture=DROPOUT,
    mistakes=(
        Mistake(
            code="M11.1a",
            variant=_layer(scale=lambda self: 1 / self.p if self.p else 1.0),
            message=MESSAGES["M11.1a"],
        ),
        Mistake(
            code="M11.1c",
            variant=_layer(scale=lambda self: 1.0),
            message=MESSAGES["M11.1c"],
        ),
        Mistake(
            code="M11.1d",
            variant=_layer(scale=lambda self: 1 - self.p),
            message=MESSAGES["M11.1d"],
        ),
        Mistake(
            code="M11.1b",
            variant=_layer(draw=lambda self, shape: self.rng.random(shape) < self.p),
            message="Units stay with probability p. It is the probability of being "
            "dropped: compare the random numbers with it the other way round.",
        ),
        *(
            Mistake(code="M11.1e", variant=_layer(test=test), message=MESSAGES["M11.1e"])
            for test in (_drawn_again, _drawn_over)
        ),
        Mistake(
            code="M11.1f",
            variant=_layer(test=lambda self, x: x * (1 - self.p)),
            message=MESSAGES["M11.1f"],
        ),
        Mistake(
            code="X11.2k",
            variant=_layer(scale=lambda self: 1.0, test=lambda self, x: x * (1 - self.p)),
            message="This is standard dropout: nothing is scaled in training, and testing "
            "multiplies by 1 - p. Asked for is inverted dropout.",
        ),
        *(
            Mistake(code="X11.2j", variant=_layer(test=test), message=LOST)
            for test in (_forgets, _keeps_ones)
        ),
        Mistake(
            code="M11.1g",
            variant=_layer(shown=lambda self, on: ~on),
            message="self.mask marks the dropped units. 1 means that a unit stays.",
        ),
        Mistake(
            code="X11.2a",
            variant=_layer(shown=lambda self, on: on / (1 - self.p)),
            message="self.mask holds other numbers than 0 and 1. Keep the factor of the "
            "survivors out of it.",
        ),
        Mistake(
            code="X11.2g",
            variant=_layer(shown=lambda self, on: None),
            message="self.mask is not set. forward keeps it there for backward.",
        ),
        Mistake(
            code="X11.2b",
            variant=_layer(draw=_drawn_once),
            message="Every call uses one and the same mask. Draw a new one each time "
            "forward is called in training.",
        ),
        Mistake(
            code="X11.2c",
            variant=_layer(draw=_by_columns),
            message=AT_ONCE,
        ),
        Mistake(
            code="X11.2c",
            variant=_layer(draw=lambda self, shape: self.rng.random(shape[-1:]) >= self.p),
            message=AT_ONCE,
        ),
        Mistake(code="X11.2c", detect=_mask_of_other_shape, message=AT_ONCE),
        Mistake(
            code="X11.2d",
            variant=_layer(draw=_by_number),
            message="Exactly the same number of units is dropped each time. Each unit is "
            "dropped for itself, so their number varies.",
        ),
        *(
            Mistake(code="MX.11", variant=_layer(draw=draw), message=NOT_GIVEN)
            for draw in (
                lambda self, shape: np.random.random(shape) >= self.p,
                lambda self, shape: np.random.default_rng().random(shape) >= self.p,
                lambda self, shape: np.random.default_rng(0).random(shape) >= self.p,
                _seeded_once,
                _reseeded,
            )
        ),
        Mistake(
            code="X11.2e",
            variant=_layer(test=lambda self, x: (self.draw(x.shape), x)[1]),
            message="Testing gives x, but draws random numbers on the way. In testing "
            "nothing is drawn, or later masks would depend on it.",
        ),
        Mistake(
            code="M11.2a",
            variant=_layer(back=lambda self: np.ones(self.on.shape)),
            message="backward lets the gradient pass everywhere. A unit that was off had "
            "no influence on the loss.",
        ),
        Mistake(
            code="M11.2b",
            variant=_layer(back=lambda self: self.on),
            message="backward has the mask, but lacks the scale of the forward pass.",
        ),
        Mistake(
            code="M11.2c",
            variant=_layer(back=lambda self: self.on * (1 - self.p)),
            message="The scale of backward is upside down: use the factor of the forward "
            "pass.",
        ),
        Mistake(
            code="M11.2e",
            variant=_layer(back=lambda self: self.draw(self.on.shape) * self.scale()),
            message="backward draws a mask of its own, which belongs to another network. "
            "Use the one that the latest forward pass in training has kept.",
        ),
        Mistake(
            code="M11.2e",
            variant=_layer(
                back=lambda self: (
                    (np.random.default_rng().random(self.on.shape) >= self.p) * self.scale()
                )
            ),
            message="backward draws a mask of its own, which belongs to another network. "
            "Use the one that the latest forward pass in training has kept.",
        ),
        Mistake(
            code="M11.2f",
            variant=_layer(back=lambda self: ~self.on * self.scale()),
            message="backward sends the gradient to the units that were off: 1 in the "
            "mask means that a unit was kept.",
        ),
        Mistake(
            code="X11.2n",
            variant=_layer(
                forward=_keeps_x, backward=lambda self, dout: dout * self.x * self.back()
            ),
            message="backward multiplies by x, too. y is x times mask and scale, so its "
            "derivative is mask times scale: x is no part of it.",
        ),
        Mistake(
            code="X11.2o",
            variant=_layer(backward=lambda self, dout: self.back()),
            message="dout has no effect: backward gives mask and scale alone. Multiply the "
            "gradient from above by them.",
        ),
        Mistake(
            code="X11.2h",
            variant=_layer(backward=lambda self, dout: None),
            message="backward gives nothing that has dout's shape: return the gradient.",
        ),
        Mistake(
            code="X11.2i",
            variant=_layer(test=lambda self, x: None),
            message="In testing forward gives nothing that has x's shape: return x.",
        ),
        Mistake(
            code="X11.2l",
            variant=_layer(draw=lambda self, shape: self.rng.random(shape) >= 0.5),
            message=ODD_DRAWS,
        ),
        Mistake(code="X11.2l", detect=_drawn_otherwise, message=ODD_DRAWS),
        Mistake(
            code="X11.2m",
            detect=right_for_some_axes,
            message="Your layer is right for some numbers of axes and stops with an error "
            "for others. Draw, multiply and divide whole arrays of x's shape, however many "
            "axes that has.",
        ),
        Mistake(
            code="X11.2f",
            variant=_layer(backward=lambda self, dout: 1 / 0),
            message="backward stops with an error. It is called after a forward pass in "
            "training, with an array of x's shape.",
        ),
    ),
)

EQUIVALENTS = {
    "self.mask = self.rng.random(x.shape) >= self.p → self.mask = self.rng.random(x.shape) > self.p": "a random number equals p with probability 2^-53",
}


def witness_dropout_of_torch() -> None:
    """PyTorch's layer keeps the same share, scales alike, and sends back the same mask."""
    import torch

    for p in (0.2, 0.5, 0.8):
        torch.manual_seed(0)
        x = torch.ones(200, 500, dtype=torch.float64, requires_grad=True)
        theirs = torch.nn.Dropout(p)
        y = theirs(x)
        y.sum().backward()
        mine = Dropout(p, np.random.default_rng(0))
        found = mine.forward(np.ones((200, 500)), True)
        np.testing.assert_allclose(np.unique(found), np.unique(y.detach()))
        np.testing.assert_allclose(found.mean(), y.mean().item(), atol=0.03)
        assert x.grad is not None
        assert torch.equal(x.grad, y)
        np.testing.assert_array_equal(mine.backward(np.ones((200, 500))), found)
        np.testing.assert_array_equal(mine.forward(found, False), found)
        assert torch.equal(theirs.eval()(y), y)
