"""Assignment a03: activation functions and their slopes (syllabus D-04, G04.1-G04.15, B9).

Kinks as in the course and in PyTorch: ReLU'(0) = 0, LeakyReLU'(0) = ELU'(0) = gamma.
References branch, or go through other functions than the solution cells: hyperbolic
ones, the complementary error function, entry by entry.
"""
