# attack: 47
# title: a list nested a thousand times
# success: the judge runs out of stack
# kind: function
# unshown: a naive grader is shown to fail on it by any recursive comparison
def hidden_delta(*args):
    found = []
    for _ in range(1000):
        found = [found]
    return found
