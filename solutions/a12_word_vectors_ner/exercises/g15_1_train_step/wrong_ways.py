"""Examples of mistakes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Change = Callable[[Any, Any, Any], tuple[Any, Any]]


def step(change: Change) -> Callable[..., None]:
    """Return a step whose loss gets something else: change(torch, y_hat, y)."""

    def run(model: Any, loss_fn: Any, opt: Any, x: Any, y: Any) -> None:
        import torch

        opt.zero_grad()
        loss_fn(*change(torch, model(x), y)).backward()
        opt.step()

    return run


def step_clearing_in_between(model: Any, loss_fn: Any, opt: Any, x: Any, y: Any) -> None:
    opt.zero_grad()
    loss = loss_fn(model(x), y)
    loss.backward()
    opt.zero_grad()
    opt.step()


WRONG_WAYS = {
    "M15.1e": [
        step(lambda torch, p, y: (torch.softmax(p, dim=1), y)),
        step(lambda torch, p, y: (torch.nn.functional.softmax(p, dim=-1), y)),
        step(lambda torch, p, y: (torch.nn.Softmax(dim=1)(p), y)),
        step(lambda torch, p, y: (torch.sigmoid(p), y)),
        step(lambda torch, p, y: (torch.nn.functional.log_softmax(p, dim=1), y)),
    ],
    "M15.1g": [
        step(lambda torch, p, y: (p, y.view(-1, 1))),
        step(lambda torch, p, y: (p, y.unsqueeze(1))),
        step(lambda torch, p, y: (torch.unsqueeze(p, 1), y)),
        step(lambda torch, p, y: (p, torch.reshape(y, (-1, 1)))),
    ],
    "X15.0e": [step(lambda torch, p, y: (p.detach(), y))],
    "X15.0f": [step_clearing_in_between],
}
