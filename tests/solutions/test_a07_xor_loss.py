"""The loss that a07 gives to students is the one that the reference walks down."""

from __future__ import annotations

from functools import partial

import numpy as np
from course_exercises import find
from solution_cells import solution_names

from grader.vetting.witness import expected
from utils.gradcheck import numeric_gradient


def test_xor_step_agrees_with_finite_differences_of_the_given_loss() -> None:
    xor_loss = solution_names("a07_backpropagation")["xor_loss"]

    def loss(values, names, x, t, act) -> float:
        return xor_loss(dict(zip(names, values, strict=True)), x, t, act)

    for (w, x, t, eta, act), new in expected(find("G08.4")):
        if act == "relu" and eta == 1.0:
            continue  # the kink, where there is no derivative to compare with
        start = list(w.values())
        slopes = numeric_gradient(partial(loss, names=list(w), x=x, t=t, act=act), start)
        moved = [(w[name] - new[name]) / eta for name in w]
        np.testing.assert_allclose(moved, slopes, rtol=1e-5, atol=1e-9)
