"""Warm Jupyter kernels, confined where the code is not trusted.

specs.py        profiles, and what is asked of the warm parent
rundir.py       the private folder of one owning process
warm.py         the owner's side: one warm parent per profile
parent.py       the warm parent's side: fork, watch, report
child.py        the forked child on its way to becoming a kernel
provisioner.py  what jupyter_client finds by entry point
client.py       a client that is ready without a fixed wait
supply.py       the next kernel, started ahead
session.py      one submission's kernel, seen from the trusted side
outputs.py      what it prints, counted and trimmed
calls.py        what a session has its kernel evaluate
agent.py        the few lines that answer there
"""
