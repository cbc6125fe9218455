"""Confinement of student code through Linux alone: no system package, no root needed.

levels.py     what a level of isolation is
probe.py      what this machine can do, found by trying
packages.py   which files installed packages consist of
view.py       which files a box shows
mounts.py     its root and private folders
landlock.py   which files it may open, by the kernel's own rules
seccomp.py    which system calls it may make
syscalls.py   calls that Python has no function for
box.py        the one function that locks a process in
usage.py      how much memory and processor time a box uses
"""
