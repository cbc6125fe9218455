# attack: 110
# title: commands of MathJax in rich outputs and in an exception that a finding quotes
# success: one of them reaches MathJax
# kind: function
# unshown: only a page that typesets formulas shows it; see 110d
from IPython.display import HTML, Latex, Markdown, display

TEXT = r"$\href{javascript:alert(1)}{x}$"
display(HTML(f"<table><td>{TEXT}"), Latex(TEXT), Markdown(TEXT))
display(HTML(r"<table><td>$\hr<wbr>ef{javascript:alert(1)}{x}$ $&bsol;href{a}{x}$"))


def hidden_delta(*args):
    raise ValueError(TEXT)
