# attack: 37
# title: resubmitting to be told by what factor a single number is off
# success: the words or points name a ratio, and with it the expected value
# kind: oracle
# exercise: X08-1-xor_relu
# unshown: three graders measured by others show the expected value itself
ANSWERS = [
    f"""
def xor_relu(*args):
    class Every(dict):
        pass
    names = "net3 u3 net4 u4 net5 u5 J delta5 delta4 delta3".split()
    names += ["dw%s" % p for p in "03 13 23 04 14 24 05 35 45".split()]
    return {{name: {value!r} for name in names}}
"""
    for value in (1.2345e5, 2.3457e5, 7.6543e5, 9.9e8)
]
