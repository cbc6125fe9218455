"""What several exercises of a02_tensors_neurons share."""

from __future__ import annotations

import numpy as np

Array = np.ndarray
Rng = np.random.Generator
TENSORS, NEURONS = "02_tensors", "03_neurons"
