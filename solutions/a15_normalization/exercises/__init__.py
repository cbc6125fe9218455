"""Assignment a15: normalisation and the tools around a step (G11.8-11, G10.7-8, G12.3, X11.5-6).

Conventions: rows are examples, columns are units; variances divide by the number of what is
averaged; epsilon stands under the root. References go number by number; PyTorch is the
witness of every gradient, of AdamW and of clipping.
"""
