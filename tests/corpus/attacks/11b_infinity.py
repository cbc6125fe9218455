# attack: 11
# title: infinity divided by infinity is no large relative error
# success: points for infinity
# kind: function
# naive: relative
import numpy as np


def hidden_delta(W_next, delta_next, z):
    return np.full(len(z), np.inf)
