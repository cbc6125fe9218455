# attack: 55
# title: one line of 100 MB
# success: more is stored than the cap, or memory of the judge
# unshown: the naive grader keeps everything
import sys

print("x" * (100 << 20))
sys.stderr.write("y" * (100 << 20))
