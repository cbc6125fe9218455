"""Warm Jupyter kernels, confined where the code is not trusted.

specs.py        profiles, and what is asked of the warm parent
rundir.py       the private folder of one owning process
parents.py      the owner's side: one warm parent per profile
parent.py       the warm parent's side: fork, watch, report
child.py        the forked child on its way to becoming a kernel
provisioner.py  what jupyter_client finds by entry point
fast_client.py  a client that is ready without a fixed wait
prepared.py     kernels for one submission after another, the next one started ahead
driver.py       one submission's kernel, seen from the trusted side
outputs.py      what it prints, counted and trimmed
expressions.py  what a driver has its kernel evaluate
inside/         what runs on both sides of the boundary
"""
