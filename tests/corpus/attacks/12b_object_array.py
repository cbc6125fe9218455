# attack: 12
# title: an object array whose entries equal everything
# success: points for entries that are no numbers
# kind: function
# naive: equal_all
import numpy as np


class Right:
    __eq__ = lambda self, other: True
    __hash__ = None


def hidden_delta(W_next, delta_next, z):
    array = np.empty(len(z), object)
    array[:] = [Right() for _ in z]
    return array
