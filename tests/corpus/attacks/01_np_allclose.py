# attack: 1
# title: np.allclose, np.isclose and np.array_equal always say yes
# success: points for wrong values
# naive: allclose
import numpy as np

np.allclose = np.isclose = np.array_equal = np.array_equiv = lambda *a, **k: True
for module in (np, getattr(np, "_core", np), getattr(np, "core", np)):
    numeric = getattr(module, "numeric", None)
    if numeric is not None:
        numeric.allclose = numeric.isclose = np.allclose
