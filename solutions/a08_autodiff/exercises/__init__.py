"""Assignment a08: an automatic differentiator (syllabus D-09, G09.1-G09.6, B5, B6).

Conventions: downstream = upstream times local; gradients add at branches; a tie of max
shares one half each, and the slope of ReLU at 0 is 0 (both as PyTorch). References
differentiate by the complex step, f'(x) = Im f(x + ih) / h, which needs no rule and loses
no digits; only where a function has kinks the slopes are written down.
"""
