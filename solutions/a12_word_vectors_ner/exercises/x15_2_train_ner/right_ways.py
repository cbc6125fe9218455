"""Other right ways of writing it."""

from __future__ import annotations

import numpy as np

from .._shared import train_with_backward
from .wrong_ways import loop


def train_with_an_optimizer(ids, y, params, eta, batches):
    import torch
    from torch import nn

    class Window(nn.Module):
        def __init__(self):
            super().__init__()
            for name in params:
                setattr(self, name, nn.Parameter(torch.tensor(params[name])))

        def forward(self, rows):
            x = nn.functional.embedding(rows, self.E).flatten(1)
            return torch.sigmoid(nn.functional.linear(x, self.W, self.b)) @ self.u

    net, losses = Window(), []
    opt = torch.optim.SGD(net.parameters(), lr=eta)
    for rows in batches:
        opt.zero_grad()
        score = net(torch.tensor(ids[rows]))
        loss = nn.BCEWithLogitsLoss()(score, torch.tensor(y[rows], dtype=torch.float64))
        loss.backward()
        opt.step()
        losses.append(loss.detach())
    return {k: v.detach().numpy() for k, v in net.named_parameters()}, losses


def train_beginning_anew(ids, y, params, eta, batches):
    import torch

    now = {k: torch.tensor(v) for k, v in params.items()}
    losses = []
    for rows in batches:
        p = {k: v.detach().requires_grad_() for k, v in now.items()}
        X = torch.stack([p["E"][torch.tensor(ids[i])].ravel() for i in rows])
        s = torch.sigmoid(X @ p["W"].T + p["b"]) @ p["u"]
        sign = torch.tensor(1.0 - 2 * y[rows])
        loss = torch.nn.functional.softplus(sign * s).mean()
        loss.backward()
        now = {k: p[k].data - eta * p[k].grad for k in p}
        losses.append(np.float64(loss.item()))
    return now, np.array(losses)


def train_a_dict_of_parameters(ids, y, params, eta, batches):
    import torch
    from torch import nn

    p = nn.ParameterDict({k: nn.Parameter(torch.tensor(v)) for k, v in params.items()})
    opt, losses = torch.optim.SGD(p.parameters(), lr=eta), []
    for rows in batches:
        x = p["E"][torch.tensor(ids[rows])].flatten(1)
        s = torch.sigmoid(x @ p["W"].T + p["b"]) @ p["u"]
        wanted = torch.tensor(y[rows]).to(s.dtype)
        loss = nn.functional.binary_cross_entropy_with_logits(s, wanted)
        opt.zero_grad()
        loss.backward()
        opt.step()
        losses.append(loss.item())
    return p, losses


RIGHT_WAYS = [
    train_with_backward,
    train_with_an_optimizer,
    train_beginning_anew,
    train_a_dict_of_parameters,
    loop(),
    loop(retain=True),  # a graph kept for nothing changes no value
]
