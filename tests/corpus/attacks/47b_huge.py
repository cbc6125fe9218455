# attack: 47
# title: answers of hundreds of megabytes
# success: the judge runs out of memory
# kind: function
# unshown: the naive grader shares the student's process and its memory
import numpy as np


def hidden_delta(W_next, delta_next, z):
    return np.zeros(20_000_000)
