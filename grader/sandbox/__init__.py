"""Confinement of student code through Linux alone: no system package, no root needed.

levels.py     what a level of isolation is
probe.py      what this machine can do, found by trying
packages.py   which files installed packages consist of
view.py       which files a box shows
mounts.py     its root and private folders
landlock.py   seccomp.py    syscalls.py
box.py        the one function that locks a process in
memory.py     how much memory a box holds
"""
