"""Assignment a11: a network for Iris, in NumPy and in PyTorch (syllabus D-13, B11).

Reuses G06.3, G05.2 and G08.5 as they are. Conventions: W is outputs x inputs, the 1/N
stands in the loss, standard deviations divide by the number of rows (ddof 0). PyTorch is
spoken in the student's function only: arrays go in, the driver turns tensors back into
arrays, and the references are NumPy.
"""

PROFILE = "torch"
