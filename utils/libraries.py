"""Which libraries an assignment may use: the same on a student's machine and in grading.

from utils import libraries

libraries.only_numpy()      # first cell of an assignment that is written in NumPy alone
"""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder

from IPython import get_ipython

OTHERS = (
    *("torch", "tensorflow", "keras", "jax", "flax", "autograd", "mxnet", "tinygrad"),
    *("scipy", "sklearn", "sympy", "statsmodels", "cupy", "numba"),
)
"""Libraries that differentiate, train or solve: what an assignment asks to be written."""


class _Refusal(MetaPathFinder):
    """Stands in front of Python's own way of finding modules."""

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:
        """Refuse the libraries of `OTHERS`, pass over all else."""
        root = fullname.partition(".")[0]
        if root in OTHERS:
            raise ModuleNotFoundError(refusal(root), name=root)


def refusal(name: str) -> str:
    """Return why a library is refused."""
    return (
        f"this assignment is written in NumPy alone, and '{name}' is not there when it is "
        "graded: what it would do for you is what you are asked to write"
    )


def only_numpy() -> None:
    """From now on refuse the libraries of `OTHERS` in this kernel, with the reason.

    A `ModuleNotFoundError`, as where they are not installed. NumPy, matplotlib and Python's
    own modules stay; calling it again changes nothing. Outside of a kernel nothing happens:
    a program that runs the code of a notebook keeps its libraries.
    """
    if get_ipython() is None:
        return
    if not any(isinstance(finder, _Refusal) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Refusal())
    for name in [n for n in sys.modules if n.partition(".")[0] in OTHERS]:
        del sys.modules[name]  # imported before, perhaps by the kernel itself
