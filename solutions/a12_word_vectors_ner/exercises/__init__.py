"""Assignment a12: word vectors, names in their windows, the training loop (D-14, D-15).

Conventions: word vectors are rows of E (V, d); a window of k words on each side is their
concatenation from left to right; the score network has a logistic hidden layer (D.Y) and
the loss is binary cross-entropy, its mean over a batch. PyTorch is spoken in the student's
functions only: the references are NumPy, the training step is watched by stand-ins.
"""

PROFILE = "torch"
