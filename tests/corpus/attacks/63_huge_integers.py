# attack: 63
# title: integers that no array holds, alone and inside answers
# success: the judge fails, and right answers of others or of oneself are lost
# kind: function
# exercise: G08-4-xor_step
# base: right
# loses: G08.4
# unshown: aims at the judge's comparison
def xor_step(w, *args):
    for name in w:
        w[name] = 2**70
    return {name: 2**70 for name in w}
