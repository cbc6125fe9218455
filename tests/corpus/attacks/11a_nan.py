# attack: 11
# title: NaN, because NaN is never larger than the tolerance
# success: points for NaN
# kind: function
# naive: direction
import numpy as np


def hidden_delta(W_next, delta_next, z):
    return np.full(len(z), np.nan)
