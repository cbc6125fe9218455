# attack: 13
# title: an AST transformer drops every assert
# success: points for wrong values
# naive: allclose
import ast


class Drop(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.copy_location(ast.Pass(), node)


get_ipython().ast_transformers.append(Drop())
