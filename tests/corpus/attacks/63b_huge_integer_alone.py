# attack: 63
# title: an integer that no array holds as the whole answer
# success: the judge fails
# kind: function
# unshown: aims at the judge's comparison
CALLS = []


def hidden_delta(*args):
    CALLS.append(1)
    return [2**70, -(2**64), 2**999, 2**2000][len(CALLS) % 4 - 1]
