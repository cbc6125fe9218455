"""What several exercises of a01_language share."""

from __future__ import annotations

import numpy as np

Rng = np.random.Generator


LECTURE = "01_language_and_ambiguity"

START, END = "<s>", "</s>"
"""Marks around a sentence."""
