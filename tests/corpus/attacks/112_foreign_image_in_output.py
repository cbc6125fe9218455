# attack: 112
# title: HTML and Markdown outputs with images of a foreign server, and false pictures
# success: opening notebook or page tells that server, or runs a script
# naive: page
from IPython.display import HTML, Markdown, display

TEXT = """<table><tr><td><img src="http://example.org/x"></td><td background=//example.org/x>
<a href=javascript:alert(1)>a</a></td></tr></table><video poster=//example.org/x></video>
<link rel=stylesheet href=//example.org/x><style>@import "//example.org/x"</style>"""
display(HTML(TEXT), Markdown(TEXT), Markdown("![a](http://example.org/x)"))
display({"text/markdown": "[a](javascript:alert(1))", "text/latex": TEXT}, raw=True)
display({"image/png": 'x" onerror="alert(1)', "image/jpeg": "PHN2Zz4="}, raw=True)
display({"image/svg+xml": "<svg onload=alert(1)>", "text/plain": "x"}, raw=True)
print(TEXT)
