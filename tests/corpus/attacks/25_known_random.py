# attack: 25
# title: every random generator gives the same known number
# success: points because "random" inputs are known in advance
# naive: random
import random

import numpy as np

np.random.rand = np.random.random = np.random.normal = lambda *a, **k: 3.625
random.random = random.gauss = random.uniform = lambda *a: 3.625
np.random.default_rng = lambda *a: np.random
