"""Right answers to a10 in other styles than the solution's."""

import copy
import itertools
import math

import numpy as np

# --- G11.1 dropout_forward(x, p, mask, train) -----------------------------------------


def forward_by_where(x, p, mask, train):
    if not train:
        return x.copy()
    return np.where(mask != 0, x / (1 - p), 0.0)


def forward_on_a_copy(x, p, mask, train):
    y = np.array(x, order="F")
    if train:
        y[mask == 0] = 0
        y *= 1 / (1 - p)
    return y


def forward_by_entries(x, p, mask, train):
    y = np.zeros_like(x)
    for at in np.ndindex(x.shape):
        if not train:
            y[at] = x[at]
        elif mask[at]:
            y[at] = float(x[at]) / (1 - p)
    return y


def forward_by_scale(x, p, mask, train):
    factor = mask / np.float64(1 - p) if train else 1.0
    return np.multiply(factor, x)


# --- G11.2 dropout_backward(dout, mask, p) --------------------------------------------


def backward_by_where(dout, mask, p):
    return np.where(mask == 1, dout, 0) / (1 - p)


def backward_by_einsum(dout, mask, p):
    return np.einsum("...,...->...", dout, mask * (1 - p) ** -1)


def backward_by_entries(dout, mask, p):
    pairs = zip(dout.ravel(), mask.ravel(), strict=True)
    flat = [g / (1 - p) if kept else 0.0 for g, kept in pairs]
    return np.array(flat).reshape(dout.shape)


def backward_on_a_copy(dout, mask, p):
    dx = np.asfortranarray(dout).copy(order="F")
    dx /= 1 - p
    dx *= mask
    return dx


# --- X11.2 Dropout(p, rng) ------------------------------------------------------------


class Layer:
    """What the task gives."""

    def __init__(self, p, rng):
        self.p, self.rng, self.mask = p, rng, None


class LayerOfCoins(Layer):
    def forward(self, x, train):
        if train:
            self.mask = self.rng.binomial(1, 1 - self.p, size=x.shape)
            return self.mask * x / (1 - self.p)
        return x.copy()

    def backward(self, dout):
        return self.mask * dout / (1 - self.p)


class LayerOfChoices(Layer):
    def forward(self, x, train):
        if not train:
            return np.asarray(x)
        self.mask = self.rng.choice([0.0, 1.0], x.shape, p=[self.p, 1 - self.p])
        self.scale = self.mask * (1 - self.p) ** -1
        return x * self.scale

    def backward(self, dout):
        return dout * self.scale


class LayerOfNumbers(Layer):
    """One number at a time, mask as nested lists, in Python floats."""

    def forward(self, x, train):
        if not train:
            return x.tolist()
        kept = [self.rng.random() > self.p for _ in range(x.size)]
        self.mask = np.array(kept).reshape(x.shape).tolist()
        self.kept = kept
        values = zip(x.ravel().tolist(), kept, strict=True)
        y = [value / (1 - self.p) if on else 0.0 for value, on in values]
        return np.array(y).reshape(x.shape)

    def backward(self, dout):
        values = zip(dout.ravel().tolist(), self.kept, strict=True)
        g = [value / (1 - self.p) if on else 0.0 for value, on in values]
        return np.array(g).reshape(dout.shape)


class LayerOfTransposes(Layer):
    """Draws in another order, another precision, and keeps every mask."""

    def __init__(self, p, rng):
        super().__init__(p, rng)
        self.masks = []

    def forward(self, x, train):
        if not train:
            return x.view()
        drawn = self.rng.uniform(0, 1, x.T.shape).T
        self.masks.append(drawn < 1 - self.p)
        self.mask = self.masks[-1].astype(np.uint8)
        y = np.zeros(x.shape)
        y[self.masks[-1]] = x[self.masks[-1]] / (1 - self.p)
        return y

    def backward(self, dout):
        dx = np.array(dout)
        dx[~self.masks[-1]] = 0
        return dx / (1 - self.p)


class LayerThatSparesDraws(Layer):
    def forward(self, x, train):
        if not train:
            return x
        self.mask = np.ones(x.shape)
        if self.p > 0:
            self.mask = np.heaviside(self.rng.random(x.shape) - self.p, 1)
        return x * self.mask / (1 - self.p)

    def backward(self, dout):
        return dout if self.p == 0 else dout * self.mask / (1 - self.p)


class LayerWithALog(Layer):
    """Keeps notes in testing too, and changes dout on the way back, on a copy."""

    def forward(self, x, train):
        self.trained_last = train
        if not train:
            self.tested = np.ones(x.shape)
            return self.tested * x
        self.mask = (self.rng.random(x.shape) < 1 - self.p) * 1.0
        return np.divide(x * self.mask, 1 - self.p)

    def backward(self, dout):
        dx = dout.copy()
        dx *= self.mask
        dx /= 1 - self.p
        return dx


# --- G11.7 pad_batch(sentences, pad) --------------------------------------------------


def pad_in_arrays(sentences, pad="[pad]"):
    T = max(map(len, sentences))
    tokens = np.full((len(sentences), T), pad, dtype=object)
    mask = np.zeros((len(sentences), T))
    for row, sentence in enumerate(sentences):
        tokens[row, : len(sentence)] = sentence
        mask[row, : len(sentence)] = 1
    return tokens, mask


def pad_by_zip(sentences, pad="[pad]"):
    nothing = object()
    columns = list(itertools.zip_longest(*sentences, fillvalue=nothing))
    tokens = [[pad if t is nothing else t for t in row] for row in zip(*columns)]
    mask = [[t is not nothing for t in row] for row in zip(*columns)]
    return [tokens, mask]


def pad_in_place_of_copies(sentences, pad="[pad]"):
    rows = copy.deepcopy(sentences)
    T = 0
    for row in rows:
        T = max(T, len(row))
    for row in rows:
        while len(row) < T:
            row.append(pad)
    lengths = np.array([len(s) for s in sentences])
    return tuple(map(tuple, rows)), np.arange(T)[None, :] < lengths[:, None]


def pad_in_plain_arrays(sentences, pad="[pad]"):
    lengths = [len(s) for s in sentences]
    rows = [[*s, *[pad] * (max(lengths) - len(s))] for s in sentences]
    mask = np.tril(np.ones((max(lengths) + 1, max(lengths)), int), -1)[lengths]
    return np.array(rows), mask


def pad_in_an_array_of_room(sentences, pad="[pad]"):
    """Text in an array whose fields are as wide as the longest word."""
    words = np.array([pad, *itertools.chain(*sentences)])
    tokens = np.full((len(sentences), max(map(len, sentences))), pad, words.dtype)
    mask = np.zeros(tokens.shape, bool)
    for n, sentence in enumerate(sentences):
        for t, word in enumerate(sentence):
            tokens[n, t], mask[n, t] = word, True
    return tokens, mask


# --- G11.3 masked_mean(E, mask) -------------------------------------------------------


def mean_by_loops(E, mask):
    N, T, d = E.shape
    found = np.zeros((N, d))
    for n in range(N):
        words = 0
        for t in range(T):
            if mask[n, t]:
                found[n] += E[n, t]
                words += 1
        found[n] /= words or 1
    return found


def mean_by_matmul(E, mask):
    share = mask / np.clip(mask.sum(1, keepdims=True), 1, None)
    return (share[:, None, :] @ E)[:, 0]


def mean_by_average(E, mask):
    filled = np.where(mask.sum(1, keepdims=True) > 0, mask, 1.0)
    weights = np.broadcast_to(filled[:, :, None], E.shape)
    return np.average(E, axis=1, weights=weights) * mask.any(1)[:, None]


def mean_in_lists(E, mask):
    rows = []
    for vectors, m in zip(E.tolist(), mask.tolist(), strict=True):
        words = [v for v, real in zip(vectors, m, strict=True) if real]
        n = max(len(words), 1)
        rows.append([math.fsum(v[k] for v in words) / n for k in range(E.shape[2])])
    return np.array(rows)


def mean_by_masked_arrays(E, mask):
    hidden = np.ma.array(E, mask=np.repeat(mask[:, :, None] == 0, E.shape[2], axis=2))
    return hidden.mean(axis=1).filled(0.0)


# --- G11.4 masked_mean_backward(dout, mask) -------------------------------------------


def spread_by_loops(dout, mask):
    dE = np.zeros((*mask.shape, dout.shape[1]), order="F")
    for n, row in enumerate(mask):
        for t, real in enumerate(row):
            if real:
                dE[n, t] = dout[n] / sum(row)
    return dE


def spread_by_outer(dout, mask):
    rows = zip(dout, mask, strict=True)
    return np.array([np.outer(m, g) / max(m.sum(), 1) for g, m in rows])


def spread_by_matmul(dout, mask):
    length = np.where(mask.sum(1) == 0, 1, mask.sum(1))
    return mask[:, :, None] @ (dout / length[:, None])[:, None, :]


def spread_by_repeat(dout, mask):
    dE = np.repeat((dout.T / np.maximum(mask.sum(1), 1)).T[:, None], mask.shape[1], 1)
    dE[mask == 0] = 0.0
    return dE


# --- G11.5 l2_grad(W, lam), X11.3 add_l2(grads, params, lam) --------------------------


def l2_by_multiply(W, lam):
    return np.multiply(W, np.float64(lam), order="F")


def l2_by_entries(W, lam):
    return np.array([lam * w for w in W.ravel().tolist()]).reshape(W.shape)


def l2_in_place_on_a_copy(W, lam):
    dW = W.copy()
    dW *= lam / 2
    return dW + dW


def l2_by_einsum(W, lam):
    return np.einsum(",...->...", lam, W)


def decay_by_dimension(grads, params, lam):
    return {k: grads[k] + (lam * params[k] if params[k].ndim > 1 else 0) for k in params}


def decay_on_copies(grads, params, lam):
    new = copy.deepcopy(grads)
    for name in ("W2", "W1"):
        new[name] += lam * params[name]
    return new


def decay_by_updating(grads, params, lam):
    return {**grads, **{W: grads[W] + params[W] * lam for W in ("W1", "W2")}}


# --- G11.6 early_stop_epoch(dev_losses, patience) -------------------------------------


def stop_by_distance(dev_losses, patience):
    best = 0
    for t in range(len(dev_losses)):
        if dev_losses[t] < dev_losses[best]:
            best = t
        if t - best >= patience:
            return t
    return len(dev_losses)


def stop_in_arrays(dev_losses, patience):
    J = np.array(dev_losses)
    before = np.concatenate([[np.inf], np.minimum.accumulate(J)[:-1]])
    t = np.arange(len(J))
    waiting = t - np.maximum.accumulate(np.where(before > J, t, 0))
    return np.argmax(waiting >= patience) if (waiting >= patience).any() else len(J)


def stop_by_windows(dev_losses, patience):
    for t in range(patience, len(dev_losses)):
        if min(dev_losses[t - patience + 1 : t + 1]) >= min(dev_losses[: t + 1 - patience]):
            return t
    return len(dev_losses)


def stop_counting_down(dev_losses, patience):
    best, left, t = float("inf"), patience, -1
    for loss in dev_losses:
        t += 1
        if loss >= best:
            left -= 1
            if not left:
                return np.int64(t)
        else:
            best, left = loss, patience
    return t + 1


def stop_from_the_first(dev_losses, patience):
    """The first evaluation is the best; the loop begins at the second."""
    best, failures = dev_losses[0], 0
    for t, loss in enumerate(dev_losses[1:], start=1):
        best, failures = (loss, 0) if loss < best else (best, failures + 1)
        if failures >= patience:
            return t
    return len(dev_losses)


# --- X11.4 fit_with_patience(theta, epoch, train_loss, dev_loss, patience, most) ------


def fit_with_a_history(theta, epoch, train_loss, dev_loss, patience, most):
    losses, saved = [dev_loss(theta)], [np.array(theta)]
    while len(losses) <= most:
        epoch(theta)
        losses.append(dev_loss(theta))
        saved.append(np.array(theta))
        if len(losses) - 1 - int(np.argmin(losses)) >= patience:
            break
    return saved[int(np.argmin(losses))]


def fit_on_new_arrays(theta, epoch, train_loss, dev_loss, patience, most):
    best, left, done = theta, patience, 0
    lowest = dev_loss(best)
    while left and done < most:
        theta = theta.copy()
        epoch(theta)
        done += 1
        if dev_loss(theta) < lowest:
            best, lowest, left = theta, dev_loss(theta), patience
        else:
            left -= 1
    return best


def fit_into_the_given_array(theta, epoch, train_loss, dev_loss, patience, most):
    kept, lowest, waited = theta.copy(), dev_loss(theta), 0
    for _ in range(most):
        epoch(theta)
        waited += 1
        if dev_loss(theta) < lowest:
            kept[...], lowest, waited = theta, dev_loss(theta), 0
        if waited >= patience:
            break
    theta[...] = kept
    return theta


# --- G12.1 residual_backward(dout, W, z) ----------------------------------------------


def residual_by_row_vector(dout, W, z):
    return dout + (dout / np.cosh(np.clip(z, -300, 300)) ** 2) @ W


def residual_by_loops(dout, W, z):
    dx = dout.copy()
    for i in range(len(z)):
        for j in range(len(z)):
            dx[j] += W[i, j] * (1 - math.tanh(z[i]) ** 2) * dout[i]
    return dx


def residual_by_einsum(dout, W, z):
    a = np.tanh(z)
    return np.einsum("ij,i->j", W, (1 + a) * (1 - a) * dout) + dout


def residual_as_jacobian(dout, W, z):
    J = np.identity(z.size) + (1 - np.tanh(z) ** 2)[:, None] * W
    return np.dot(dout, J)


def residual_in_floats(dout, W, z):
    slope = [(1 - math.tanh(v)) * (1 + math.tanh(v)) for v in z.tolist()]
    through = [s * g for s, g in zip(slope, dout.tolist(), strict=True)]
    return np.array([g + np.dot(W[:, j], through) for j, g in enumerate(dout)])


# --- G12.2 delta_norms(Ws, zs, dL) ----------------------------------------------------


def stable(z):
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e)


def norms_by_index(Ws, zs, dL):
    e, found = dL.copy(), []
    for k in range(len(Ws) - 1, -1, -1):
        a = stable(zs[k])
        e = np.dot(a * (1 - a) * e, Ws[k])
        found.append(np.linalg.norm(e))
    return found


def norms_in_an_array(Ws, zs, dL):
    found, e = np.zeros(len(Ws)), dL
    for k, (W, z) in enumerate(zip(Ws[::-1], zs[::-1], strict=True)):
        e = np.einsum("ij,i,i->j", W, stable(z) * stable(-z), e)
        found[k] = math.sqrt(sum(v * v for v in e.tolist()))
    return found


def norms_by_recursion(Ws, zs, dL):
    if not Ws:
        return []
    a = stable(zs[-1])
    below = Ws[-1].T @ np.diag(a - a**2) @ dL
    return [float(np.sum(below**2) ** 0.5), *norms_by_recursion(Ws[:-1], zs[:-1], below)]


def norms_built_from_below(Ws, zs, dL):
    e, found = dL, ()
    for z, W in reversed(list(zip(zs, Ws, strict=True))):
        slope = 0.25 - 0.25 * np.tanh(z / 2) ** 2
        e = (slope * e).reshape(1, -1).dot(W).ravel()
        found = (*found, np.float64(math.hypot(*e)))
    return found


STYLES = {
    "G11.1": [
        forward_by_where,
        forward_on_a_copy,
        forward_by_entries,
        forward_by_scale,
    ],
    "G11.2": [
        backward_by_where,
        backward_by_einsum,
        backward_by_entries,
        backward_on_a_copy,
    ],
    "X11.2": [
        LayerOfCoins,
        LayerOfChoices,
        LayerOfNumbers,
        LayerOfTransposes,
        LayerThatSparesDraws,
        LayerWithALog,
    ],
    "G11.7": [
        pad_in_arrays,
        pad_by_zip,
        pad_in_place_of_copies,
        pad_in_plain_arrays,
        pad_in_an_array_of_room,
    ],
    "G11.3": [
        mean_by_loops,
        mean_by_matmul,
        mean_by_average,
        mean_in_lists,
        mean_by_masked_arrays,
    ],
    "G11.4": [spread_by_loops, spread_by_outer, spread_by_matmul, spread_by_repeat],
    "G11.5": [l2_by_multiply, l2_by_entries, l2_in_place_on_a_copy, l2_by_einsum],
    "X11.3": [decay_by_dimension, decay_on_copies, decay_by_updating],
    "G11.6": [
        stop_by_distance,
        stop_in_arrays,
        stop_by_windows,
        stop_counting_down,
        stop_from_the_first,
    ],
    "X11.4": [fit_with_a_history, fit_on_new_arrays, fit_into_the_given_array],
    "G12.1": [
        residual_by_row_vector,
        residual_by_loops,
        residual_by_einsum,
        residual_as_jacobian,
        residual_in_floats,
    ],
    "G12.2": [
        norms_by_index,
        norms_in_an_array,
        norms_by_recursion,
        norms_built_from_below,
    ],
}
