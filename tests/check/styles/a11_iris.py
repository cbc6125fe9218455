"""Right answers to a11 in other styles than the solution's."""

import math

import numpy as np

# --- G13.1 iris_split(y) --------------------------------------------------------------


def split_in_lists(y):
    train, test = [], []
    for first in (0, 50, 100):
        train += range(first, first + 40)
        test += range(first + 40, first + 50)
    return train, test


def split_by_label(y):
    classes = [np.flatnonzero(y == c) for c in np.unique(y)]  # in the labels' order
    return (
        np.concatenate([rows[:-10] for rows in classes]),
        np.concatenate([rows[-10:] for rows in classes]),
    )


def split_through_a_table(y):
    table = np.arange(150).reshape(3, 50)
    return [table[:, :40].T.ravel(), table[:, 40:].T.flatten()]  # views, another order


def split_counting(y):
    seen: dict = {}
    sets: tuple = ([], [])
    for row, label in enumerate(y.tolist()):
        seen[label] = seen.get(label, 0) + 1
        sets[seen[label] > 40].append(row)
    return sets


# --- G13.2 hidden_size_range(n, m) ----------------------------------------------------


def range_as_list(n, m):
    return [math.sqrt(n + m) + a for a in (1, 10)]


def range_as_power(n, m):
    low = np.float64(n + m) ** 0.5 + 1
    return low, low + 9


def range_through_hypot(n, m):
    root = np.array(math.hypot(math.sqrt(n), math.sqrt(m)))
    return root + 1.0, root + 10.0


# --- X13.2 standardise(X, train) ------------------------------------------------------


def scale_by_moments(X, train):
    seen = X[train]
    mean = seen.sum(axis=0) / len(train)
    spread = np.sqrt(((seen - mean) ** 2).sum(axis=0) / len(train))
    return (X - mean) / spread


def scale_in_place_on_a_copy(X, train):
    S = np.asfortranarray(X.copy())
    S -= np.take(X, train, axis=0).mean(axis=0, keepdims=True)
    S /= np.take(X, train, axis=0).std(axis=0, keepdims=True)
    return S


def scale_with_torch(X, train):
    import torch

    X = torch.tensor(X)
    seen = X[torch.tensor(train)]
    return ((X - seen.mean(0)) / seen.std(0, unbiased=False)).numpy()


# --- X13.3 one_hot(y, classes) --------------------------------------------------------


def one_hot_by_comparing(y, classes):
    return (y[:, None] == np.arange(1, classes + 1)).astype(float)


def one_hot_by_writing(y, classes):
    Y = np.zeros((len(y), classes))
    Y[np.arange(len(y)), y - 1] = 1
    return Y


def one_hot_of_integers(y, classes):
    Y = np.zeros((len(y), classes + 1), dtype=int)
    np.put_along_axis(Y, y[:, None], 1, axis=1)
    return Y[:, 1:]  # a view


# --- X13.4 fit(params, grad, eta, steps) ----------------------------------------------


def fit_on_copies(params, grad, eta, steps):
    now = {name: np.array(value) for name, value in params.items()}
    for _ in range(steps):
        slopes = grad(now)
        for name in now:
            now[name] -= eta * slopes[name]
    return now


def fit_in_one_vector(params, grad, eta, steps):
    shapes = {name: np.shape(value) for name, value in params.items()}
    ends = np.cumsum([math.prod(shape) for shape in shapes.values()])

    def pack(values):
        return np.concatenate([np.ravel(values[name]) for name in shapes])

    def unpack(theta):
        parts = np.split(theta, ends[:-1])
        return {n: part.reshape(shapes[n]) for n, part in zip(shapes, parts, strict=True)}

    theta = pack(params)
    for _ in range(steps):
        theta = theta - eta * pack(grad(unpack(theta)))
    return unpack(theta)


def fit_recursively(params, grad, eta, steps):
    if not steps:
        return params
    slopes = grad(params)
    moved = {name: params[name] - eta * slopes[name] for name in params}
    return fit_recursively(moved, grad, eta, steps - 1)


# --- X13.5 torch_fit(X, y, params, eta, steps) ----------------------------------------


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


STYLES = {
    "G13.1": [split_in_lists, split_by_label, split_through_a_table, split_counting],
    "G13.2": [range_as_list, range_as_power, range_through_hypot],
    "X13.2": [scale_by_moments, scale_in_place_on_a_copy, scale_with_torch],
    "X13.3": [one_hot_by_comparing, one_hot_by_writing, one_hot_of_integers],
    "X13.4": [fit_on_copies, fit_in_one_vector, fit_recursively],
    "X13.5": [
        torch_with_backward,
        torch_with_modules,
        torch_beginning_anew,
        torch_never_detached,
    ],
}
