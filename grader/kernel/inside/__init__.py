"""What runs on both sides of the boundary; sent into kernels as text.

codec.py        values as bytes, and bytes as values within limits
agent.py        the few lines that call a student's function
"""
