# attack: 66
# title: two hundred thousand dict keys with one hash
# success: the judge spends minutes on them
# kind: function
# naive: slow
class Key:
    pass


def hidden_delta(*args):
    modulus = 2**61 - 1
    many = {}
    many.update.__self__.update({})
    return {k * modulus: 0 for k in range(1, 4000)} | {
        float(2**k): (1, 2, (3, 4)) for k in range(60)
    }
