# attack: 5
# title: an object that equals everything and is always true
# success: points for an object that is no number
# kind: function
# naive: equal
class Right:
    __hash__ = None
    shape = (1,)

    def __eq__(self, other):
        return True

    __le__ = __ge__ = __bool__ = __contains__ = __eq__
    __bool__ = lambda self: True

    def __ne__(self, other):
        return False

    def __sub__(self, other):
        return 0.0

    __rsub__ = __abs__ = __float__ = lambda self, *a: 0.0


def hidden_delta(*args):
    return Right()
