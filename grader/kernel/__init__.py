"""Boxes for submissions, and Jupyter kernels for notebooks, forked from warm parents.

specs.py        profiles, and what is asked of the warm parent
rundir.py       the private folder of one owning process
cores.py        one processor for each owner of boxes
parents.py      the owner's side: one warm parent per profile
parent.py       the warm parent's side: fork, watch, report
child.py        the forked child on its way to becoming a kernel, or a box
box_process.py  the process behind a box: start, signal, end, what it uses
provisioner.py  what jupyter_client finds by entry point
fast_client.py  a client that is ready without a fixed wait
prepared.py     boxes for one submission after another, the next one started ahead
driver.py       one submission's box, seen from the trusted side
outputs.py      what it shows, counted and trimmed
inside/         what runs in the box, and what both sides speak
"""
