"""Other right ways of writing it."""

from __future__ import annotations

import math


def step_in_four_lines(model, loss_fn, opt, x, y):
    loss = loss_fn(model(x), y)
    opt.zero_grad(set_to_none=True)
    loss.backward()
    opt.step()
    return loss.item()


def step_in_training_mode(model, loss_fn, opt, x, y):
    model.train()
    y_hat = model(x)
    opt.zero_grad()
    loss = loss_fn(y_hat, y)
    loss.backward()
    opt.step()
    return f"{loss:.3f}", loss.detach()


def step_clearing_the_model(model, loss_fn, opt, x, y):
    model.zero_grad()
    opt.zero_grad()
    loss = loss_fn(input=model.forward(x), target=y)
    loss.backward(retain_graph=False)
    opt.step()
    return float(loss)


def step_looking_at_shapes(model, loss_fn, opt, x, y):
    opt.zero_grad()
    y_hat = model(x)
    assert y_hat.shape == y.shape
    assert len(y_hat) == y.size(0)
    loss = loss_fn(y_hat, y).mean()
    loss.backward()
    opt.step()
    return loss


def step_converting(model, loss_fn, opt, x, y):
    import torch

    opt.zero_grad()
    with torch.enable_grad():
        loss = loss_fn(torch.squeeze(model(x.double())), y.double().view(-1))
        loss.backward()
    return opt.step()


def step_on_a_device(model, loss_fn, opt, x, y):
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = model.to(device)
    x, y = x.to(device), y.cpu()
    opt.zero_grad()
    loss = loss_fn(model(x), y)
    loss.backward()
    opt.step()


def step_counting_right_answers(model, loss_fn, opt, x, y):
    opt.zero_grad()
    y_hat = model(x)
    loss = loss_fn(y_hat, y)
    loss.backward()
    opt.step()
    right = (y_hat.argmax(1) == y).float().mean().item()
    return loss.item(), right, float((y_hat > 0).sum()), {loss: "hashable"}


def step_taking_the_largest(model, loss_fn, opt, x, y):
    import torch

    y_hat = model(x)
    _, best = torch.max(y_hat, 1)
    loss = loss_fn(y_hat, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    return torch.eq(best, y).sum().item() / len(y)


def step_on_guard(model, loss_fn, opt, x, y):
    import torch

    opt.zero_grad()
    y_hat = model(x)
    loss = loss_fn(y_hat, y)
    if torch.isnan(loss) or loss.isinf().any().item() or loss != loss or loss > 1e6:
        return None
    if not torch.isfinite(torch.stack([loss])).all() or math.isnan(loss):
        return None
    if not torch.isfinite(y_hat).all().item():
        return None
    loss.backward()
    opt.step()
    return loss.item()


def step_through_autograd(model, loss_fn, opt, x, y):
    import torch

    opt.zero_grad()
    loss = loss_fn(model(x), y)
    torch.autograd.backward(loss)
    opt.step()


def step_clearing_twice(model, loss_fn, opt, x, y):
    opt.zero_grad()
    loss = loss_fn(model(x), y)
    loss.backward()
    opt.step()
    opt.zero_grad()


def step_squeezing(model, loss_fn, opt, x, y):
    opt.zero_grad()
    loss_fn(model(x).squeeze(), y).backward()
    opt.step()


RIGHT_WAYS = [
    step_in_four_lines,
    step_in_training_mode,
    step_clearing_the_model,
    step_looking_at_shapes,
    step_converting,
    step_on_a_device,
    step_counting_right_answers,
    step_taking_the_largest,
    step_on_guard,
    step_through_autograd,
    step_clearing_twice,
    step_squeezing,
]
