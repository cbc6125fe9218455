"""Examples of mistakes, most of them in PyTorch."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .._shared import Array
from .cases import NAMES, Params
from .descent import train_ner


def loop(
    *, recording: bool = False, leaf: bool = True, wants: bool = True,
    labels: str = "double", once: bool = False, zero: bool = True,
    report: str = "item", cuda: bool = False,
    early: bool = False, reduction: str = "mean", total: bool = False, raw: bool = False,
    single: bool = False, shared: bool = False, numpy: bool = False, index: str = "long",
    retain: bool = False,
) -> Callable[..., Any]:  # fmt: skip
    """Return a training loop in PyTorch with one thing wrong, or with none."""

    def run(ids: Any, y: Any, params: Any, eta: float, batches: Any) -> Any:
        import torch

        make = torch.from_numpy if shared else torch.tensor
        ids = getattr(torch.tensor(ids), index)()
        y = getattr(torch.tensor(y), labels)()
        p: Any = {k: make(v).requires_grad_(wants) for k, v in params.items()}
        if cuda:
            p = {k: to_cuda(v) for k, v in p.items()}
        heap, losses = torch.zeros((), dtype=torch.float64), list[Any]()
        for rows in batches:
            x = p["E"][ids[torch.tensor(rows)]].flatten(1)
            x = x.float() if single else x
            x = params["W"] @ x.T if raw else x
            h = torch.sigmoid(x @ p["W"].T + p["b"])
            h = torch.tensor(np.asarray(h)) if numpy else h
            s = h @ p["u"]
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                s, y[torch.tensor(rows)], reduction=reduction
            )
            heap = heap + loss
            if early:
                with torch.no_grad():
                    for v in p.values():
                        v -= eta
            (heap if total else loss).backward(retain_graph=retain)
            if once:
                loss.backward()
            with torch.set_grad_enabled(recording), warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of .grad where there is none
                for k in p:
                    if leaf:
                        p[k] -= eta * p[k].grad
                        if zero:
                            p[k].grad.zero_()
                    else:
                        p[k] = p[k] - eta * p[k].grad
            losses.append(loss.item() if report == "item" else loss)
        if report == "stack":
            return p, torch.stack(losses) if losses else []
        return p, losses

    return run


def to_cuda(tensor: Any) -> Any:
    """Fail as it does without a graphics card, on machines that have one as well."""
    import torch

    if torch.cuda.is_available():
        raise AssertionError("Torch not compiled with CUDA enabled")
    return tensor.to("cuda")


def train_on_parameters_made_anew(
    ids: Array, y: Array, params: Params, eta: float, batches: Sequence[Array]
) -> Any:
    """After the first batch they want no gradient."""
    import torch

    p = {k: torch.tensor(v, requires_grad=True) for k, v in params.items()}
    for rows in batches:
        s = torch.sigmoid(p["E"][ids[rows]].flatten(1) @ p["W"].T + p["b"]) @ p["u"]
        wanted = torch.tensor(y[rows]).double()
        torch.nn.functional.binary_cross_entropy_with_logits(s, wanted).backward()
        with torch.no_grad():
            p = {k: v - eta * v.grad for k, v in p.items()}  # type: ignore[operator]
    return p, []


def still(*names: str) -> Callable[..., Any]:
    """Return a training after which some parameters are the old ones."""

    def run(ids: Array, y: Array, params: Params, eta: float, batches: Any) -> Any:
        end, losses = train_ner(ids, y, params, eta, batches)
        return {**end, **{name: params[name] for name in names}}, losses

    return run


def still_with_graphs(*args: Any) -> Any:
    import torch

    end, losses = still("E", "W")(*args)
    return end, [torch.tensor(v, requires_grad=True) for v in losses]


def losses_first(*args: Any) -> Any:
    return train_ner(*args)[::-1]


def only_parameters(*args: Any) -> Any:
    return train_ner(*args)[0]


def a_list(*args: Any) -> Any:
    params, losses = train_ner(*args)
    return [*params.values(), losses]


WRONG_WAYS = {
    "X15.2a": [loop(zero=False)],
    "X15.2e": [loop(report="tensor"), loop(report="stack"), still_with_graphs],
    "X15.2f": [loop(recording=True)],
    "X15.2g": [loop(wants=False), train_on_parameters_made_anew],
    "X15.2h": [loop(once=True), loop(total=True)],
    "X15.2i": [loop(early=True)],
    "X15.2j": [loop(labels="long"), loop(single=True)],
    "X15.2k": [loop(index="double")],
    "X15.2l": [loop(cuda=True)],
    "X15.2m": [loop(numpy=True)],
    "X15.2n": [loop(recording=True, leaf=False)],
    "X15.2o": [loop(raw=True)],
    "X15.2p": [loop(reduction="none")],
    "X15.2r": [still("E", "W")],
    "X15.2y": [still(*NAMES)],
    "X15.2x": [losses_first, only_parameters, a_list],
}
