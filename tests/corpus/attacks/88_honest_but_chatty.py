# attack: 88
# title: no attack: honest work that prints twenty thousand lines, one by one
# success: the defences against floods cost an honest student points
# base: right
# unshown: nothing to show: it guards the others' side effects
import sys

for number in range(20_000):
    print(number)
    sys.stdout.flush()
