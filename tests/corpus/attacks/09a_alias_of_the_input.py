# attack: 9
# title: the returned array is the input's own buffer
# success: points when the judge computes its reference into that buffer
# kind: function
# naive: inplace
def hidden_delta(W_next, delta_next, z):
    return z
