"""IPython start-up file: disturb the last bit of what NumPy draws and PyTorch computes.

Stands for all processors that are not at hand: whatever holds under several seeds of this
does not depend on how a machine rounds. Matrix products, sums and functions such as exp are
rounded in another way than here. Left alone are +, -, *, / and roots, the same on every
machine, and results whose last bits are zero: sums and products of short numbers, such as
2 * 3 + 0.5, are exact. As elsewhere the same result is always rounded in the same way.
"""

import os

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode

SEED = int(os.environ["NUDGE_SEED"])
"""From 1: which bit of a result decides whether its last one is turned."""
BITS = int(os.environ.get("NUDGE_BITS", "1"))
"""How many of the last bits may turn."""
_TURNED = (1 << BITS) - 1
_INTEGER = {torch.float32: torch.int32, torch.float64: torch.int64}
_noise = np.random.default_rng(SEED)
_ROUNDED = {
    *("mm", "addmm", "bmm", "baddbmm", "mv", "addmv", "dot", "linear", "matmul"),
    *("sum", "mean", "exp", "log", "log1p", "expm1", "tanh", "sigmoid", "erf", "softplus"),
    *("_softmax", "_log_softmax", "_softmax_backward_data", "_log_softmax_backward_data"),
    *("gelu", "gelu_backward", "logsumexp", "native_layer_norm", "native_batch_norm"),
    *("sin", "cos", "norm", "linalg_vector_norm"),
}


class Nudge(TorchDispatchMode):
    """Disturbs the results of rounded operations, in forward and backward passes."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        rounded = func.overloadpacket.__name__ in _ROUNDED
        if rounded and isinstance(result, torch.Tensor) and result.dtype in _INTEGER:
            return _disturbed(result)
        return result


def _disturbed(result):
    """Return a result with other last bits; an exact one has zeros in all these places."""
    bits = result.contiguous().view(_INTEGER[result.dtype])
    turned = (bits >> (BITS + SEED - 1)).bitwise_and_(_TURNED)
    return turned.bitwise_xor_(bits).view(result.dtype)


Nudge().__enter__()


def _nudged(array):
    if isinstance(array, np.ndarray) and array.dtype.kind == "f":
        unit = _noise.integers(-1, 2, array.shape)
        return array * (1 + _TURNED * np.finfo(array.dtype).eps * unit)
    return array


class _Generator(np.random.Generator):
    """Draws what NumPy's own generator draws, but for the last bit."""

    def normal(self, *args, **kwargs):
        return _nudged(super().normal(*args, **kwargs))

    def standard_normal(self, *args, **kwargs):
        return _nudged(super().standard_normal(*args, **kwargs))

    def uniform(self, *args, **kwargs):
        return _nudged(super().uniform(*args, **kwargs))

    def random(self, *args, **kwargs):
        return _nudged(super().random(*args, **kwargs))


_default_rng = np.random.default_rng


def default_rng(seed=None):
    """Return a generator like NumPy's, disturbed in the last bit."""
    return _Generator(_default_rng(seed).bit_generator)


np.random.default_rng = default_rng
