"""Assignment a07: backpropagation by hand (syllabus D-08, G08.1-G08.6, B1-B3).

Conventions (syllabus, section 0): delta = +dJ/dz, W is outputs x inputs, the 1/N stands
in the loss, ReLU'(0) = 0. References are written without looking at the solution cells:
they differentiate by other means where there are any.
"""
