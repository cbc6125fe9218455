# attack: 14
# title: an input transformer empties every cell that tests
# success: points for wrong values
# naive: allclose
def _rewrite(lines):
    text = "".join(lines)
    return ["pass\n"] if "assert" in text or "_grader" in text else lines


get_ipython().input_transformers_post.append(_rewrite)
