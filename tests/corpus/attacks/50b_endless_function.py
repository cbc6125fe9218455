# attack: 50
# title: one graded function never ends
# success: the other exercises lose their points, or it keeps its own
# kind: function
# exercise: G08-6-sgd_epoch
# base: right
# loses: G08.6
# says: time limit
# unshown: costs points instead of forging them
def sgd_epoch(*args):
    while True:
        try:
            while True:
                pass
        except KeyboardInterrupt:
            pass
