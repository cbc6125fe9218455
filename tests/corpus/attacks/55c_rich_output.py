# attack: 55
# title: 100 MB of rich output
# success: more is stored than the cap, or memory of the judge
# unshown: the naive grader keeps everything
from IPython.display import HTML, display

display(HTML("<b>x</b>" * (8 << 20)))
display({"image/png": "A" * (100 << 20)}, raw=True)
