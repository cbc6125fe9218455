# attack: 37
# title: resubmitting with larger and smaller values, to find the right one by halves
# success: the words or points tell whether a value is too large or too small
# kind: oracle
# unshown: three graders measured by others show the expected value itself
ANSWERS = [
    f"""
import numpy as np
def hidden_delta(W_next, delta_next, z):
    return np.full(len(z), {value!r})
"""
    for value in (-1e9, -3.5, -0.123, 0.077, 0.456, 12.34, 1e9)
]
