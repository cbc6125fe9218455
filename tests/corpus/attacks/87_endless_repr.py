# attack: 87
# title: the last value of a cell and the text of an exception never end
# success: a limit is not kept
# kind: function
# naive: timeout
class Endless(Exception):
    def __str__(self):
        while True:
            pass

    __repr__ = __str__


def hidden_delta(*args):
    raise Endless


hidden_delta()
