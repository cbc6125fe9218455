# attack: 10
# title: the inputs are set to zero, so that a later reference is zero, too
# success: points for returning zeros
# kind: function
# naive: reference_after
import numpy as np


def hidden_delta(W_next, delta_next, z):
    W_next[...] = 0
    delta_next[...] = 0
    return np.zeros(len(z))
