"""Right answers to a12 in other styles than the solution's."""

import math

import numpy as np

# --- G14.1 analogy(E, a, b, c) --------------------------------------------------------


def analogy_by_sorting(E, a, b, c):
    U = E / np.sqrt((E * E).sum(axis=1, keepdims=True))
    order = np.argsort(-(U @ (E[b] - E[a] + E[c])))
    return next(i for i in order if i not in {a, b, c})  # np.int64


def analogy_in_a_loop(E, a, b, c):
    q = E[b] - E[a] + E[c]
    found = {
        i: float(q @ E[i]) / (math.sqrt(q @ q) * math.sqrt(E[i] @ E[i]))
        for i in range(len(E))
        if i not in (a, b, c)
    }
    return max(found, key=found.get)


def analogy_by_distance(E, a, b, c):
    q = E[b] - E[a] + E[c]
    U, q = E / np.linalg.norm(E, axis=1)[:, None], q / np.linalg.norm(q)
    gaps = np.linalg.norm(U - q, axis=1)  # of unit vectors: falls as the cosine rises
    gaps[np.array([a, b, c])] = np.inf
    return np.argmin(gaps)


def analogy_among_the_others(E, a, b, c):
    import torch

    rest = [i for i in range(len(E)) if i not in (a, b, c)]
    q = torch.tensor(E[b] + E[c] - E[a])
    cosines = torch.nn.functional.cosine_similarity(torch.tensor(E)[rest], q[None])
    return rest[int(cosines.argmax())]


# --- G14.2 spearman(a, b) -------------------------------------------------------------


def spearman_through_runs(a, b):
    def ranks(v):
        values = sorted(v.tolist())
        first = {x: values.index(x) + 1 for x in values}
        return [first[x] + (values.count(x) - 1) / 2 for x in v.tolist()]

    r, s = np.array(ranks(a)), np.array(ranks(b))
    r, s = r - r.mean(), s - s.mean()
    return float(r @ s / np.sqrt((r @ r) * (s @ s)))


def spearman_through_unique(a, b):
    def ranks(v):
        _, place, count = np.unique(v, return_inverse=True, return_counts=True)
        return (np.cumsum(count) - (count - 1) / 2)[place]

    r, s = ranks(a), ranks(b)
    return np.cov(r, s, ddof=0)[0, 1] / (r.std() * s.std())


def spearman_by_signs(a, b):
    r = np.sign(a[:, None] - a[None]).sum(axis=1)  # twice the rank, but for a constant
    s = np.sign(b[:, None] - b[None]).sum(axis=1)
    return np.sum(r * s) / math.sqrt(np.sum(r * r) * np.sum(s * s))


def spearman_downwards(a, b):
    def ranks(v):
        order = np.argsort(-v)
        r = np.empty(len(v))
        r[order] = np.arange(len(v))
        for x in set(v.tolist()):
            r[v == x] = r[v == x].mean()
        return r

    return np.corrcoef(np.stack([ranks(a), ranks(b)]))[1, 0]


def spearman_in_arrays_of_their_kind(a, b):
    def ranks(v):
        r = np.zeros_like(v)  # float64, as the values are
        for i, x in enumerate(v):
            places = np.flatnonzero(np.sort(v) == x) + 1
            r[i] = places.mean()
        return r

    return np.corrcoef(ranks(a), ranks(b))[0, 1]


# --- G14.3 window_vector(E, ids, center, k=2, pad_id=0) -------------------------------


def window_word_by_word(E, ids, center, k=2, pad_id=0):
    parts = []
    for p in range(center - k, center + k + 1):
        word = ids[p] if 0 <= p < len(ids) else pad_id
        parts.append(E[word])
    return np.concatenate(parts)


def window_with_numpy_padding(E, ids, center, k=2, pad_id=0):
    padded = np.pad(ids, k, constant_values=pad_id)
    return E[padded][center : center + 2 * k + 1].reshape(-1)


def window_written_in(E, ids, center, k=2, pad_id=0):
    d = E.shape[1]
    x = np.tile(E[pad_id], 2 * k + 1)
    for step in range(-k, k + 1):
        if 0 <= center + step < len(ids):
            x[(step + k) * d : (step + k + 1) * d] = E[ids[center + step]]
    return x


def window_by_one_hots(E, ids, center, k=2, pad_id=0):
    places = np.arange(center - k, center + k + 1)
    inside = (places >= 0) & (places < len(ids))
    words = np.where(inside, np.take(ids, places, mode="clip"), pad_id)
    return np.hstack(list(np.eye(len(E))[words] @ E))


# --- G14.4 embedding_backward(dX, ids, V) ---------------------------------------------


def table_in_a_loop(dX, ids, V):
    dE = np.zeros((V, dX.shape[1]))
    for row, word in zip(dX, ids, strict=True):
        dE[word] += row
    return dE


def table_by_one_hots(dX, ids, V):
    return np.einsum("nv,nd->vd", np.eye(V)[ids], dX)


def table_by_masks(dX, ids, V):
    return np.stack([dX[ids == v].sum(axis=0) for v in range(V)])


def table_by_counting(dX, ids, V):
    columns = [np.bincount(ids, weights=column, minlength=V) for column in dX.T]
    return np.array(columns).T  # Fortran order


def table_in_torch(dX, ids, V):
    import torch

    dE = torch.zeros(V, dX.shape[1], dtype=torch.float64)
    return dE.index_add_(0, torch.tensor(ids), torch.tensor(dX)).numpy()


# --- G14.5 ner_backward(u, W, b, x, y) ------------------------------------------------


def ner_in_loops(u, W, b, x, y):
    def f(t):
        return 1 / (1 + math.exp(-t)) if t > 0 else math.exp(t) / (1 + math.exp(t))

    n, m = W.shape
    h = [f(sum(W[i, j] * x[j] for j in range(m)) + b[i]) for i in range(n)]
    e = f(sum(u[i] * h[i] for i in range(n))) - y
    delta = np.array([e * u[i] * h[i] * (1 - h[i]) for i in range(n)])
    dW = np.zeros((n, m))
    for i in range(n):
        for j in range(m):
            dW[i, j] = delta[i] * x[j]
    return [np.array([e * v for v in h]), dW, delta.copy(), delta @ W]


def ner_in_columns(u, W, b, x, y):
    u, b, x = u[:, None], b[:, None], x[:, None]
    h = 0.5 * (1 + np.tanh((W @ x + b) / 2))
    e = 0.5 * (1 + np.tanh((u.T @ h) / 2)) - y  # (1, 1)
    delta = (u @ e) * h * (1 - h)
    return (h @ e).ravel(), delta @ x.T, delta[:, 0], (W.T @ delta).squeeze(axis=1)


def ner_by_autograd(u, W, b, x, y):
    import torch

    leaves = [torch.tensor(v, requires_grad=True) for v in (u, W, b, x)]
    tu, tW, tb, tx = leaves
    s = tu @ torch.sigmoid(tW @ tx + tb)
    loss = torch.nn.functional.softplus(-s if y == 1 else s)
    return tuple(g.numpy() for g in torch.autograd.grad(loss, leaves))


def ner_by_cases(u, W, b, x, y):
    def f(t):
        small = np.exp(-np.abs(t))
        return np.where(t >= 0, 1, small) / (1 + small)

    h = f(np.einsum("ij,j->i", W, x) + b)
    s = np.dot(h, u)
    e = -f(-s) if y else f(s)
    down = e * u * f(W @ x + b) * f(-(W @ x + b))
    return e * h, down[:, None] * x, 1.0 * down, np.sum(W * down[:, None], axis=0)


# --- X14.2 window_backward(dx, ids, V) ------------------------------------------------


def window_back_in_a_loop(dx, ids, V):
    d = dx.size // len(ids)
    dE = np.zeros((V, d))
    for place, word in enumerate(ids):
        dE[word] += dx[place * d : (place + 1) * d]
    return dE


def window_back_by_one_hots(dx, ids, V):
    return np.eye(V)[ids].T @ np.array(np.split(dx, len(ids)))


def window_back_with_add_at(dx, ids, V):
    dE = np.zeros((V, len(dx) // len(ids)))
    np.add.at(dE, ids, np.reshape(dx, (len(ids), -1)))
    return np.asfortranarray(dE)


# --- G15.1 train_step(model, loss_fn, opt, x, y) --------------------------------------


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


# --- X15.1 evaluate(model, loss_fn, batches) ------------------------------------------


def evaluate_in_inference_mode(model, loss_fn, batches):
    import torch

    model.eval()
    with torch.inference_mode():
        found = torch.stack([loss_fn(model(x), y) for x, y in batches])
        sizes = torch.tensor([len(y) for _, y in batches])
        mean = (found * sizes).sum() / sizes.sum()
    model.train()
    return mean.item()


def evaluate_as_decorated(model, loss_fn, batches):
    import torch

    @torch.no_grad()
    def total():
        return sum(loss_fn(model(x), y) * y.shape[0] for x, y in batches)

    model.train(False)
    return float(total()) / sum(len(y) for _, y in batches)


def evaluate_and_return_numpy(model, loss_fn, batches):
    import torch

    with torch.no_grad():
        model.eval()
        found = [loss_fn(model(x), y).item() for x, y in batches]
    return np.average(found, weights=[len(y) for _, y in batches])


def evaluate_on_the_device_of_the_model(model, loss_fn, batches):
    import torch

    device = next(model.parameters()).device
    model.to(device).eval()
    total = count = 0
    with torch.no_grad():
        for x, y in batches:
            x, y = x.to(device), y.to(device)
            total += float(loss_fn(model(x), y)) * y.numel()
            count += y.numel()
    return total / count


# --- X15.2 train_ner(ids, y, params, eta, batches) ------------------------------------


def train_with_backward(ids, y, params, eta, batches):
    import torch

    E, W, b, u = tensors = [torch.tensor(params[k]) for k in ("E", "W", "b", "u")]
    for t in tensors:
        t.requires_grad_()
    labels, losses = torch.from_numpy(y.astype(float)), []
    for rows in batches:
        windows = torch.tensor(ids[rows])
        h = torch.sigmoid(E[windows].reshape(len(rows), -1) @ W.T + b)
        p = torch.sigmoid(h @ u)
        target = labels[torch.tensor(rows)]
        loss = -(target * p.log() + (1 - target) * (1 - p).log()).mean()
        loss.backward()
        with torch.no_grad():
            for t in tensors:
                t -= eta * t.grad
                t.grad = None
        losses.append(loss.item())
    return dict(E=E, W=W, b=b, u=u), losses


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


# --- X15.3 find_places(ids, y, E, new_ids, seed) --------------------------------------


def places_in_numpy(ids, y, E, new_ids, seed):
    rng = np.random.default_rng(seed)
    x, w, b = E[ids].reshape(len(ids), -1), np.zeros(5 * E.shape[1]), 0.0
    for _ in range(20):
        for i in rng.permutation(len(y)):
            e = 1 / (1 + np.exp(-(x[i] @ w + b))) - y[i]
            w, b = w - 0.1 * e * x[i], b - 0.1 * e
    return [bool(s > 0) for s in E[new_ids].reshape(len(new_ids), -1) @ w + b]


def places_with_train_ner(ids, y, E, new_ids, seed):
    rng = np.random.default_rng(seed)
    wide, n = 5 * E.shape[1], 12
    start = {
        "E": E,
        "W": rng.normal(0, 1 / np.sqrt(wide), (n, wide)),
        "b": np.zeros(n),
        "u": rng.normal(0, 1 / np.sqrt(n), n),
    }
    batches = [rng.permutation(len(y))[:32] for _ in range(400)]
    end, _ = train_with_backward(ids, y, start, 1.0, batches)
    p = {k: v.detach().numpy() for k, v in end.items()}
    X = p["E"][new_ids].reshape(len(new_ids), -1)
    return (1 / (1 + np.exp(-(X @ p["W"].T + p["b"]))) @ p["u"] > 0).astype(int)


def places_as_tensors(ids, y, E, new_ids, seed):
    import torch
    from torch import nn

    torch.manual_seed(seed)
    table, wanted = torch.tensor(E, dtype=torch.float32), torch.tensor(y)
    X = table[torch.tensor(ids)].flatten(1)
    model = nn.Sequential(nn.Linear(X.shape[1], 16), nn.ReLU(), nn.Linear(16, 2))
    opt = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=1e-3)
    for _ in range(200):
        opt.zero_grad()
        nn.functional.cross_entropy(model(X), wanted).backward()
        opt.step()
    return model(table[torch.tensor(new_ids)].flatten(1)).argmax(dim=1)


def places_as_ones_and_zeros(ids, y, E, new_ids, seed):
    return np.array(places_in_numpy(ids, y, E, new_ids, seed)).astype(float)


STYLES = {
    "G14.1": [
        analogy_by_sorting,
        analogy_in_a_loop,
        analogy_by_distance,
        analogy_among_the_others,
    ],
    "G14.2": [
        spearman_through_runs,
        spearman_through_unique,
        spearman_by_signs,
        spearman_downwards,
        spearman_in_arrays_of_their_kind,
    ],
    "G14.3": [
        window_word_by_word,
        window_with_numpy_padding,
        window_written_in,
        window_by_one_hots,
    ],
    "G14.4": [
        table_in_a_loop,
        table_by_one_hots,
        table_by_masks,
        table_by_counting,
        table_in_torch,
    ],
    "G14.5": [ner_in_loops, ner_in_columns, ner_by_autograd, ner_by_cases],
    "X14.2": [window_back_in_a_loop, window_back_by_one_hots, window_back_with_add_at],
    "G15.1": [
        step_in_four_lines,
        step_in_training_mode,
        step_clearing_the_model,
        step_looking_at_shapes,
        step_converting,
        step_counting_right_answers,
        step_taking_the_largest,
        step_on_guard,
        step_through_autograd,
        step_clearing_twice,
    ],
    "X15.1": [
        evaluate_in_inference_mode,
        evaluate_as_decorated,
        evaluate_and_return_numpy,
        evaluate_on_the_device_of_the_model,
    ],
    "X15.2": [
        train_with_backward,
        train_with_an_optimizer,
        train_beginning_anew,
        train_a_dict_of_parameters,
    ],
    "X15.3": [
        places_in_numpy,
        places_with_train_ner,
        places_as_tensors,
        places_as_ones_and_zeros,
    ],
}
