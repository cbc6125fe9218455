# attack: 6
# title: a float subclass whose differences are zero
# success: points for wrong numbers
# kind: function
# naive: close
class Right(float):
    def __sub__(self, other):
        return Right(0.0)

    __rsub__ = __sub__
    __abs__ = lambda self: Right(0.0)
    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = lambda self, other: True
    __hash__ = float.__hash__


def hidden_delta(*args):
    return Right(0.0)
