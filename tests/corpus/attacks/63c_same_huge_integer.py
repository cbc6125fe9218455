# attack: 63
# title: the same huge integer at every call
# success: comparing the repeated call fails
# kind: function
# unshown: aims at the judge's comparison
def hidden_delta(*args):
    return 2**70
