"""Assignment a10: training tricks and deep networks (syllabus D-11, D-12, B13, B15).

Conventions: p is the probability of being dropped, 1 in a mask means kept or real;
patience counts failures, and the n-th one stops (PyTorch's plateau waits for one more);
weights are outputs x inputs, and lists of layers go from bottom to top.
"""
