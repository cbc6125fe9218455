# attack: 100
# title: a wrong answer of a hundred thousand entries
# success: the judge fails on it, and an earlier score stays while the page says nothing
# kind: function
# unshown: the naive grader compares entries in the student's process
import numpy as np


def hidden_delta(W_next, delta_next, z):
    return np.full(100_000, 0.5)
