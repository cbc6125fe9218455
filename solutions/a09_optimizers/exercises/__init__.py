"""Assignment a09: optimizers (syllabus D-10, G10.1-G10.6, B12, E31-E34).

Conventions: momentum keeps the rate inside v (deck D2); epsilon stands outside the
root (PyTorch), inside is accepted with a remark. Every case has entries of the size of
epsilon's reach, where the two forms differ by far more than rounding.
"""
