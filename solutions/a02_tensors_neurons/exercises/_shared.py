"""What several exercises of a02_tensors_neurons share."""

from __future__ import annotations

import numpy as np

Array = np.ndarray
Rng = np.random.Generator
TENSORS, NEURONS = "02_tensors", "03_neurons"

ALWAYS_MOVES = (
    "Examples that are already right move the weights, too. "
    "The perceptron learns from its mistakes only."
)
NO_LABEL_IN_STEP = (
    "The label is missing from the step: "
    "an example of the class -1 has to push the other way."
)
DECIDED_WITHOUT_B = (
    "Right and wrong are decided without b. "
    "The margin is y times the whole score, bias included."
)
DECIDED_WITHOUT_LABEL = (
    "Right and wrong are decided without the label. "
    "A negative score is right for the class -1: multiply the score by y."
)
"""What goes wrong in one step of the perceptron, and hence in many."""
