"""Assignment a14: word2vec, and names that are counted whole (G14.6-G14.11, X14.3, X14.4).

Conventions: v holds the centre vectors and u those of the company, one word per row, as in
lecture 14. A loss takes one centre vector, the number of one word of its company and the
table u; it gives (L, dv_w, du). References go through the words one by one; PyTorch is the
witness of every gradient.
"""
