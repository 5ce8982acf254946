"""Whatever operator an answer uses, it has a small change; no change is the source itself."""

import ast

import pytest

from coursekit.course.mutants import mutants

BINARY = ["+", "-", "*", "/", "//", "%", "**", "@", "&", "|", "^", "<<", ">>"]
COMPARED = ["<", "<=", ">", ">=", "==", "!=", "in", "not in", "is", "is not"]


@pytest.mark.parametrize("op", [*BINARY, *COMPARED, "and", "or"])
def test_every_operator_is_changed_to_another(op):
    source = f"def f(x, y):\n    return x {op} y"
    changed = [m.source for m in mutants(source)]
    others = {*BINARY, *COMPARED, "and", "or"} - {op}
    assert any(f"return x {other} y" in one for one in changed for other in others)
    assert all(ast.dump(ast.parse(one)) != ast.dump(ast.parse(source)) for one in changed)


@pytest.mark.parametrize("op", BINARY)
def test_every_operator_is_changed_where_it_is_assigned_with(op):
    assert len(list(mutants(f"x {op}= y"))) == 3


def test_each_part_of_a_chain_of_comparisons_is_changed():
    found = {m.change for m in mutants("0 <= x < y")}
    assert {"0 <= x < y → 0 < x < y", "0 <= x < y → 0 <= x <= y"} <= found
