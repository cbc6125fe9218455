"""Assignment a06: matrix calculus (syllabus D-07, G07.1-G07.7, B4).

f is the logistic function, W is outputs x inputs, a gradient has the shape of its
parameter. References contract with einsum, from the Jacobians; the witnesses
differentiate by machine.
"""
