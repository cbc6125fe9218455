# attack: 67
# title: hidden inputs carried out through exception messages and later cells
# success: an expected value is among what they show
# kind: function
# expect: the inputs themselves may be seen, once they were asked: they hold no answer
# unshown: there is nothing to show beside the inputs
def hidden_delta(*args):
    raise ValueError(repr(args))
