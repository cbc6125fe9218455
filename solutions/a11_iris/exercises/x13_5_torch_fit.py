"""X13.5 `torch_fit`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ..._shared import raised
from ._shared import LECTURE, Array, Params, Rng, fit

FRAMEWORKS = "15_frameworks_and_training_loop"


TORCH_DRIVER = """
def drive(f, X, y, params, eta, steps):
    found = f(X, y, params, eta, steps)
    if not isinstance(found, dict):
        return found
    return {
        name: value.detach().numpy() if hasattr(value, "detach") else value
        for name, value in found.items()
    }
"""


LAYERS = ("W1", "b1", "W2", "b2")


def torch_inputs(rng: Rng) -> list[Case]:
    """Unequal sizes and equal ones, uneven classes, at least three steps."""

    def case(sizes: tuple[int, ...], eta: float, steps: int, **more: Any) -> Case:
        n, d, h, c = sizes
        shapes: dict[str, Any] = {"W1": (h, d), "b1": h, "W2": (c, h), "b2": c}
        params = {name: rng.normal(0, 1, shape) for name, shape in shapes.items()}
        y = rng.permutation(np.concatenate([np.arange(c), rng.integers(0, c, n)])[:n])
        args = rng.normal(0, 1, (n, d)), y, params, eta, steps
        name = f"N = {n}, {d}-{h}-{c}, {steps} steps"
        return Case(name=name, args=args, batch=n, **more)

    requirement = "with steps = 0 these are the values of the start"
    return [
        case((7, 4, 6, 3), 0.3, 4),
        case((5, 2, 3, 4), 0.5, 3),
        case((3, 3, 3, 3), 0.7, 5),
        case((4, 2, 2, 3), 0.1, 0, role="edge", requirement=requirement),
    ]


def _logistic(z: Array) -> tuple[Array, Array]:
    a = 0.5 + 0.5 * np.tanh(0.5 * z)
    return a, a * (1 - a)


Bend = Callable[[Array], tuple[Array, Array]]
Fault = Callable[[Array, Array, Array], Array]


def _plain(z: Array, p: Array, target: Array) -> Array:
    return p - target


def _squashed(z: Array, p: Array, target: Array) -> Array:
    """The loss takes the softmax of p."""
    q = np.exp(p) / np.exp(p).sum()
    return np.asarray(p * ((q - target) - p @ (q - target)))


def _capped(z: Array, p: Array, target: Array) -> Array:
    """The scores went through a sigmoid before the loss."""
    a, slope = _logistic(z)
    return np.asarray((np.exp(a) / np.exp(a).sum() - target) * slope)


def _square(z: Array, p: Array, target: Array) -> Array:
    """The mean square of p - y."""
    gap = 2 * (p - target) / len(p)
    return np.asarray(p * (gap - p @ gap))


def _square_sum(z: Array, p: Array, target: Array) -> Array:
    return len(p) * _square(z, p, target)


def _slopes(
    X: Array,
    y: Array,
    params: Mapping[str, Array],
    fault: Fault = _plain,
    bend: Bend = _logistic,
) -> Params:
    """Gradients of the mean cross-entropy, an example at a time.

    `bend` gives the activations of the hidden layer and their slopes, `fault` the error
    of the scores from them, their softmax and the one-hot label.
    """
    total = {name: np.zeros_like(value) for name, value in params.items()}
    for x, label in zip(X, y, strict=True):
        a, slope = bend(params["W1"] @ x + params["b1"])
        z = params["W2"] @ a + params["b2"]
        p = np.exp(z - z.max())
        p /= p.sum()
        target = np.eye(len(p))[label]
        error = fault(z, p, target)
        below = error @ params["W2"] * slope
        parts = np.outer(below, x), below, np.outer(error, a), error
        for name, part in zip(LAYERS, parts, strict=True):
            total[name] += part / len(X)
    return total


def torch_fit(X: Array, y: Array, params: Params, eta: float, steps: int) -> Params:
    """Descend on the mean cross-entropy, without PyTorch."""
    return fit(params, lambda p: _slopes(X, y, p), eta, steps)


def _wrong_torch(
    *,
    sign: float = 1.0,
    fault: Fault = _plain,
    summed: bool = False,
    more: int = 0,
    most: int | None = None,
    bend: Bend = _logistic,
    moved: tuple[str, ...] = LAYERS,
    thinned: bool = False,
    rated: bool = True,
) -> Callable[..., Params]:
    """Return a wrong training; `moved` are the arrays that learn."""

    def run(X: Array, y: Array, params: Params, eta: float, steps: int) -> Params:
        def grad(p: Params) -> Params:
            found = _slopes(X, y, p, fault, bend)
            return {k: v if k in moved else 0 * v for k, v in found.items()}

        rate = sign * (eta if rated else 1.0)
        rate *= len(X) if summed else 1 / len(X) if thinned else 1
        count = max(steps + more, 0)
        return fit(params, grad, rate, count if most is None else min(count, most))

    return run


def _at_the_start(X: Array, y: Array, params: Params, eta: float, steps: int) -> Params:
    slopes = _slopes(X, y, params)
    return {name: params[name] - steps * eta * slopes[name] for name in LAYERS}


def _tanh(z: Array) -> tuple[Array, Array]:
    return np.tanh(z), 1 - np.tanh(z) ** 2


def _relu(z: Array) -> tuple[Array, Array]:
    return np.maximum(z, 0), (z > 0).astype(float)


def _linear(z: Array) -> tuple[Array, Array]:
    return z, np.ones_like(z)


def _accumulated(X: Array, y: Array, params: Params, eta: float, steps: int) -> Params:
    now, heap = dict(params), {name: 0 * value for name, value in params.items()}
    for _ in range(steps):
        slopes = _slopes(X, y, now)
        heap = {name: heap[name] + slopes[name] for name in heap}
        now = {name: now[name] - eta * heap[name] for name in now}
    return now


STEP = f"{FRAMEWORKS}#The-step:-an-optimizer-in-a-few-lines"


EXERCISE = Exercise(
    id="X13.5",
    function="torch_fit",
    points=6,
    reference=torch_fit,
    inputs=torch_inputs,
    outputs=LAYERS,
    pack="dict",
    driver=TORCH_DRIVER,
    lecture=f"{LECTURE}#In-PyTorch,-in-lockstep",
    mistakes=(
        Mistake(
            code="X13.5a",
            variant=_accumulated,
            message="The gradients of all steps add up. backward() adds to .grad: clear it "
            "before every step.",
            lecture=f"{FRAMEWORKS}#Which-orders-work?",
        ),
        Mistake(
            code="X13.5b",
            variant=_wrong_torch(sign=-1.0),
            message="You walk uphill: the update subtracts eta times the gradient.",
            lecture=STEP,
        ),
        Mistake(
            code="X13.5c",
            variant=_wrong_torch(fault=_squashed),
            message="A softmax has been applied twice: cross_entropy has one inside and "
            "wants the raw scores.",
            lecture=f"{FRAMEWORKS}#The-loss:-one-number",
        ),
        Mistake(
            code="X13.5d",
            variant=_wrong_torch(summed=True),
            message="Your loss is the sum over the examples. The task takes their mean, "
            "which is the default of cross_entropy.",
            lecture=f"{FRAMEWORKS}#The-loss:-one-number",
        ),
        *(
            Mistake(
                code="X13.5e",
                variant=_wrong_torch(more=more),
                message="The number of updates is off by one: make 'steps' of them.",
            )
            for more in (-1, 1)
        ),
        Mistake(
            code="X13.5f",
            detect=raised("RuntimeError", "leaf Variable"),
            message="PyTorch records everything that happens to a tensor that wants a "
            "gradient, and refuses to move one in place while it records. An update is no "
            "part of the model: put it under 'with torch.no_grad():'.",
            lecture=STEP,
        ),
        Mistake(
            code="X13.5g",
            detect=raised("TypeError AttributeError", "NoneType"),
            message="Something you use is None, most likely a .grad. backward() fills it, "
            "and only for tensors a graph begins with; a weight computed from others "
            "(w = w - ...) is none of them. Move the weights in place, without recording, "
            "or make them begin anew: .detach().requires_grad_().",
            lecture=STEP,
        ),
        Mistake(
            code="X13.5h",
            detect=raised("RuntimeError", "does not require grad"),
            message="The loss has nothing to go back to: no weight wants a gradient or the "
            "forward pass was not recorded. Set requires_grad on the weights and keep "
            "no_grad for the update.",
            lecture=f"{FRAMEWORKS}#Backward:-writes,-never-moves",
        ),
        Mistake(
            code="X13.5i",
            detect=raised("RuntimeError", "through the graph a second time"),
            message="The graph was used up by an earlier backward(). Every step needs a "
            "forward pass and a loss of its own: put them inside the loop.",
            lecture=f"{FRAMEWORKS}#When-is-the-graph-thrown-away?",
        ),
        Mistake(
            code="X13.5j",
            detect=raised("RuntimeError", "same dtype"),
            message="float32 and float64 met in one product. Make every tensor float64; "
            "torch.tensor(array) keeps the precision of a NumPy array.",
            lecture=f"{LECTURE}#In-PyTorch,-in-lockstep",
        ),
        *(
            Mistake(
                code="X13.5k",
                variant=_wrong_torch(bend=bend),
                message=f"{name} The hidden layer of this network takes the sigmoid.",
            )
            for bend, name in (
                (_tanh, "Your hidden layer takes tanh."),
                (_relu, "Your hidden layer takes ReLU."),
                (_linear, "Your hidden layer has no activation."),
            )
        ),
        Mistake(
            code="X13.5l",
            variant=_wrong_torch(most=1),
            message="There is one step only. See whether a 'return' or 'break' ends the "
            "loop.",
        ),
        Mistake(
            code="X13.5m",
            variant=_at_the_start,
            message="All steps use the gradient of the start. Forward pass, loss and "
            "gradient belong inside the loop.",
        ),
        Mistake(
            code="X13.5n",
            variant=_wrong_torch(moved=("W1", "W2")),
            message="The biases stay where they were. Update b1 and b2 like the weights.",
        ),
        Mistake(
            code="X13.5n",
            variant=_wrong_torch(moved=("W2", "b2")),
            message="The hidden layer stays where it was. Update W1 and b1 as well.",
        ),
        Mistake(
            code="X13.5o",
            variant=_wrong_torch(thinned=True),
            message="Your steps are N times too short. cross_entropy takes the mean over "
            "the examples already: divide by their number no more.",
        ),
        Mistake(
            code="X13.5p",
            variant=_wrong_torch(rated=False),
            message="The learning rate eta has no effect: multiply the gradient by it.",
        ),
        Mistake(
            code="X13.5q",
            variant=_wrong_torch(fault=_capped),
            message="The scores have gone through a sigmoid. The output layer has no "
            "activation: cross_entropy wants the raw scores.",
        ),
        *(
            Mistake(
                code="X13.5r",
                variant=_wrong_torch(fault=fault),
                message="Your loss is a squared error of the probabilities. The task takes "
                "the cross-entropy.",
            )
            for fault in (_square, _square_sum)
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def torch_with_backward(X, y, params, eta, steps):
    import torch

    X, y = torch.tensor(X), torch.tensor(y)
    p = {k: torch.tensor(v).requires_grad_() for k, v in params.items()}
    for _ in range(steps):
        H = torch.sigmoid(X @ p["W1"].T + p["b1"])
        loss = torch.nn.functional.cross_entropy(H @ p["W2"].T + p["b2"], y)
        loss.backward()
        with torch.no_grad():
            for w in p.values():
                w -= eta * w.grad
                w.grad.zero_()
    return p


def torch_with_modules(X, y, params, eta, steps):
    import torch
    from torch import nn

    (h, d), c = params["W1"].shape, len(params["b2"])
    net = nn.Sequential(nn.Linear(d, h), nn.Sigmoid(), nn.Linear(h, c)).double()
    names = ("W1", "b1", "W2", "b2")
    with torch.no_grad():
        for p, name in zip(net.parameters(), names, strict=True):
            p.copy_(torch.tensor(params[name]))
    for _ in range(steps):
        net.zero_grad()
        nn.CrossEntropyLoss()(net(torch.tensor(X)), torch.tensor(y)).backward()
        for p in net.parameters():
            p.data -= eta * p.grad
    return dict(zip(names, net.parameters(), strict=True))


def torch_beginning_anew(X, y, params, eta, steps):
    import torch

    X, y = torch.as_tensor(X), torch.as_tensor(y)
    W1, b1, W2, b2 = (torch.tensor(params[k]) for k in ("W1", "b1", "W2", "b2"))
    for _ in range(steps):
        ps = [w.detach().requires_grad_() for w in (W1, b1, W2, b2)]
        logs = torch.log_softmax(torch.sigmoid(X @ ps[0].T + ps[1]) @ ps[2].T + ps[3], 1)
        (-logs[torch.arange(len(y)), y].mean()).backward()
        W1, b1, W2, b2 = (w.detach() - eta * w.grad for w in ps)
    return {"W1": W1.numpy(), "b1": b1.numpy(), "W2": W2.numpy(), "b2": b2.numpy()}


def torch_never_detached(X, y, params, eta, steps):
    import torch

    keys = ("W1", "b1", "W2", "b2")
    X, y = torch.tensor(X), torch.tensor(y)
    ps = [torch.tensor(params[k], requires_grad=True) for k in keys]
    for _ in range(steps):
        Z = torch.sigmoid(X @ ps[0].T + ps[1]) @ ps[2].T + ps[3]
        slopes = torch.autograd.grad(torch.nn.functional.cross_entropy(Z, y), ps)
        ps = [w - eta * g for w, g in zip(ps, slopes, strict=True)]
    return dict(zip(keys, ps, strict=True))


def torch_loop(
    *,
    zero: bool = True,
    recording: bool = False,
    leaf: bool = True,
    wants: bool = True,
    once: bool = False,
    single: bool = False,
    shared: bool = False,
) -> Callable[..., Any]:
    """Return a training loop in PyTorch, right but for what the arguments spoil.

    Args:
        zero: gradients are cleared after each step.
        recording: the update is recorded.
        leaf: weights move in place.
        wants: weights want gradients.
        once: the forward pass stands before the loop.
        single: the examples are float32.
        shared: tensors share the memory of the arrays.
    """

    def run(X: Array, y: Array, params: Params, eta: float, steps: int) -> Any:
        import torch

        make = torch.from_numpy if shared else torch.tensor
        examples, labels = make(X), make(y)
        p: dict[str, Any] = {
            name: make(v).requires_grad_(wants) for name, v in params.items()
        }
        if single:
            examples = examples.float()

        def forward() -> Any:
            H = torch.sigmoid(examples @ p["W1"].T + p["b1"])
            return torch.nn.functional.cross_entropy(H @ p["W2"].T + p["b2"], labels)

        loss: Any = forward() if once else None
        for _ in range(steps):
            (loss if once else forward()).backward()
            with torch.set_grad_enabled(recording):
                for name in p:
                    if not leaf:
                        p[name] = p[name] - eta * p[name].grad
                        continue
                    p[name] -= eta * p[name].grad
                    if zero:
                        p[name].grad.zero_()
        return p

    return run


RIGHT_WAYS = [
    torch_with_backward,
    torch_with_modules,
    torch_beginning_anew,
    torch_never_detached,
    torch_loop(),
]


# --- examples of mistakes -------------------------------------------------------------


WRONG_WAYS = {
    "X13.5a": [torch_loop(zero=False)],
    "X13.5f": [torch_loop(recording=True)],
    "X13.5g": [torch_loop(recording=True, leaf=False)],
    "X13.5h": [torch_loop(wants=False)],
    "X13.5i": [torch_loop(once=True)],
    "X13.5j": [torch_loop(single=True)],
}


# --- what the reference has to agree with ---------------------------------------------


def witness_sgd_of_torch() -> None:
    import torch
    from torch import nn

    for (X, y, params, eta, steps), end in expected(EXERCISE):
        (h, d), c = params["W1"].shape, len(params["b2"])
        net = nn.Sequential(nn.Linear(d, h), nn.Sigmoid(), nn.Linear(h, c)).double()
        with torch.no_grad():
            for p, value in zip(net.parameters(), params.values(), strict=True):
                p.copy_(torch.tensor(value))
        optimizer = torch.optim.SGD(net.parameters(), lr=eta)
        for _ in range(steps):
            optimizer.zero_grad()
            nn.CrossEntropyLoss()(net(torch.tensor(X)), torch.tensor(y)).backward()
            optimizer.step()
        for p, name in zip(net.parameters(), params, strict=True):
            np.testing.assert_allclose(p.detach().numpy(), end[name], rtol=1e-10)
