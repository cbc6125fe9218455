"""Assignment a13: an automatic differentiator of arrays (G09.7-G09.9, X09.3-X09.5).

Conventions: the upstream gradient has the shape of a result, a gradient that of its array;
downstream is the vector-Jacobian product. References sum over the copies of a broadcast one
by one; PyTorch is the witness of every gradient.
"""
