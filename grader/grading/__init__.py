"""From a submission to a result: one at a time, in processes, on a cluster.

sanitize.py     the instructor's structure comes back
given.py        names that were given, and who takes them
runner.py       cells run, functions are asked
submission.py   the road of one submission
answers.py      answers that are kept, to be judged anew without running anything
processes.py    many, on this machine
fork_server.py  the process that workers are forked from
cluster.py      many, on a Dask cluster
interrupts.py   Ctrl-C that never cuts a write in half
"""
