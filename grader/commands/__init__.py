"""What the verbs of the command line do; `grader.cli` prints what they return.

students.py     bring the class list up to date
release.py      write the students' version
autograde.py    grade submissions
validate.py     run notebooks under nbval
publish.py      write the archive students get
doctor.py       say what this machine can confine
demo/           grade a simulated class

The other verbs are in the room they are about: feedback, report and export in `report/`,
check in `vetting/`, init and new-exercise in `authoring/`, clean in `grading/answers.py`.
"""
