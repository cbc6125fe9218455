# attack: 48
# title: a table nested two hundred thousand times
# success: making the feedback pages of the class fails or takes minutes
# unshown: aims at the cleaner of this grader's pages
from IPython.display import HTML, display

display(HTML("<div>" * 150_000))
