# attack: 50
# title: a loop inside C code that never looks at signals
# success: the limit is exceeded
# says: time limit
# naive: timeout
import re

re.match(r"(a+)+$", "a" * 40 + "b")
