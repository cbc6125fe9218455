# attack: 40
# title: sys.exit(0) ends the run as a success
# success: points, or exercises that count as passed
# naive: exit
import sys

sys.exit(0)
