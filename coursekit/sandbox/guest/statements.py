"""Run a cell statement by statement: one that fails does not cost the others.

A sandbox lacks packages, files and a keyboard that a student has. `coursekit check` runs cells in
the same way, so that its verdict is the same as in grading.
"""

import __future__

import ast
from typing import Any

MAX_ERRORS = 20  # in one cell; each may be a long traceback


class SeparateImports(ast.NodeTransformer):
    """Import each name by a statement of its own: one that is missing does not cost the others."""

    def visit_Import(self, node: ast.Import) -> Any:
        return [ast.copy_location(ast.Import([name]), node) for name in node.names]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> Any:
        several = (ast.ImportFrom(node.module, [name], node.level) for name in node.names)
        return [ast.copy_location(one, node) for one in several]


def run_each_statement(shell: Any) -> None:
    """Let an IPython shell go on after a statement that fails, and leave annotations unevaluated.

    NotImplementedError ends its cell, which is then still a stub; so does what is not an error,
    such as SystemExit.
    """
    run_code = shell.run_code
    if "run_code" in vars(shell):
        return  # it does so already

    async def run_one(code_obj: Any, result: Any = None, *, async_: bool = False) -> bool:
        first = result and result.error_in_exec
        failed = await run_code(code_obj, result, async_=async_)
        if not failed or result is None:
            return bool(failed)
        error = result.error_in_exec
        result.error_in_exec = first or error
        result.errors = getattr(result, "errors", 0) + 1
        goes_on = isinstance(error, Exception) and type(error) is not NotImplementedError
        return not goes_on or result.errors >= MAX_ERRORS

    shell.run_code = run_one
    shell.ast_transformers.append(SeparateImports())
    shell.compile.flags |= __future__.annotations.compiler_flag  # a type may be missing, too
