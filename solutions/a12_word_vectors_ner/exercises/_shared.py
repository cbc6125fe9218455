"""What several exercises of a12_word_vectors_ner share."""

from __future__ import annotations

import numpy as np

Array = np.ndarray
Rng = np.random.Generator


LECTURE = "14_word_vectors_and_ner"
FRAMEWORKS = "15_frameworks_and_training_loop"


TABLE = f"{LECTURE}#The-embedding-layer"


GRADIENTS = f"{LECTURE}#Gradients,-by-hand"
TANH = "Somewhere you take tanh. In this assignment f is the logistic function."


ORDERS = f"{FRAMEWORKS}#Which-orders-work?"
LOSS = f"{FRAMEWORKS}#The-loss:-one-number"


HABITS = f"{FRAMEWORKS}#Two-habits-around-the-loop"


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
