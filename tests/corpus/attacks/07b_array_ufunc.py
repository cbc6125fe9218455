# attack: 7
# title: an array subclass whose differences are zero
# success: points for wrong values
# kind: function
# naive: ufunc
import numpy as np


class Right(np.ndarray):
    def __array_ufunc__(self, ufunc, method, *args, **kwargs):
        return np.zeros(np.shape(self))

    def __array__(self, *args, **kwargs):
        raise SystemExit


def hidden_delta(W_next, delta_next, z):
    return np.ones(len(z)).view(Right)
