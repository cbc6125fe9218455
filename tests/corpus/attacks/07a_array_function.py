# attack: 7
# title: an array subclass that answers NumPy's functions itself
# success: points for wrong values
# kind: function
# naive: allclose
import numpy as np


class Right(np.ndarray):
    def __array_function__(self, function, types, args, kwargs):
        return True

    def __array_ufunc__(self, ufunc, method, *args, **kwargs):
        return np.array(True) if ufunc.nout == 1 else NotImplemented


def hidden_delta(W_next, delta_next, z):
    return np.zeros(len(z)).view(Right)
