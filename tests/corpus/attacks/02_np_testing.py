# attack: 2
# title: the assertions of np.testing do nothing
# success: points for wrong values
# naive: testing
import numpy as np
import numpy.testing as testing

for name in dir(testing):
    if name.startswith("assert_"):
        setattr(testing, name, lambda *a, **k: None)
