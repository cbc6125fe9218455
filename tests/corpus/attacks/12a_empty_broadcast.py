# attack: 12
# title: an empty array broadcasts against everything and has no wrong entry
# success: points for no values at all
# kind: function
# naive: allclose
import numpy as np


def hidden_delta(W_next, delta_next, z):
    return np.empty((0, len(z)))
