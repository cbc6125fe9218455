"""What must hold for every exercise of a course before a student sees it.

check.py      all of it for one assignment
rules.py      the requirements, one generator of findings each
mutants.py    small faults put into right code
notebook.py   what the instructor's notebook defines, and what it earns as a submission
guard.py      instructors' code kept silent, and from running for ever
witness.py    what an exercise's own witnesses ask for
table.py      the findings as a table
"""
