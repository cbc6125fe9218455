"""What runs in the box, and what both sides of the boundary speak.

codec.py        values as bytes, and bytes as values within limits
frames.py       how messages stand on the socket
agent.py        the few lines that call a student's function
shell.py        IPython, as in JupyterLab, on that socket
"""
