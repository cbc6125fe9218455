"""What the reference has to agree with."""

from __future__ import annotations

import numpy as np

from grader.vetting.witness import expected

from .cases import NAMES


def witness_sgd_of_torch() -> None:
    import torch

    from . import EXERCISE

    F = torch.nn.functional
    for (ids, y, params, eta, batches), end in expected(EXERCISE):
        p = {k: torch.tensor(params[k], requires_grad=True) for k in NAMES}
        opt = torch.optim.SGD(p.values(), lr=eta)
        losses = []
        for rows in batches:
            opt.zero_grad()
            x = F.embedding(torch.tensor(ids[rows]), p["E"]).flatten(1)
            s = torch.sigmoid(x @ p["W"].T + p["b"]) @ p["u"]
            loss = F.binary_cross_entropy_with_logits(s, torch.tensor(y[rows]).double())
            loss.backward()
            opt.step()
            losses.append(loss.item())
        for name in NAMES:
            moved = p[name].detach().numpy()
            np.testing.assert_allclose(moved, end[name], rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(losses, end["losses"], rtol=1e-10)
