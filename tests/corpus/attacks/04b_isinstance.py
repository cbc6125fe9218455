# attack: 4
# title: isinstance and type say what is expected
# success: points for a value of the wrong type
# naive: types
import builtins

import numpy as np

_real = builtins.isinstance
builtins.isinstance = lambda o, t: True if t is np.ndarray else _real(o, t)
