"""Assignment a17: deep networks and a check of gradients (G06.5, G08.8-9, X08.3-4).

Conventions: rows are examples, W is (outputs, inputs); half the squared error, and the mean
over the examples in the loss; the last layer is linear. References go example by example;
PyTorch is the witness of every gradient.
"""
