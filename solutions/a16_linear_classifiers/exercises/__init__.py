"""Assignment a16: linear classifiers (G05.7-G05.14, X05.2).

Conventions: rows are examples, W is classes x inputs, losses are means over the examples; a
corner has the slope 0. References go number by number; PyTorch is the witness of every
gradient and of the training.
"""
