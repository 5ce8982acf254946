"""Every operator has a mutant, and no mutant equals its source."""

import ast

import pytest

from coursekit.course.mutants import mutants

BINARY = ["+", "-", "*", "/", "//", "%", "**", "@", "&", "|", "^", "<<", ">>"]
COMPARISONS = ["<", "<=", ">", ">=", "==", "!=", "in", "not in", "is", "is not"]


@pytest.mark.parametrize("op", [*BINARY, *COMPARISONS, "and", "or"])
def test_every_operator_is_changed_to_another(op):
    source = f"def f(x, y):\n    return x {op} y"
    sources = [m.source for m in mutants(source)]
    others = {*BINARY, *COMPARISONS, "and", "or"} - {op}
    assert any(f"return x {other} y" in one for one in sources for other in others)
    assert all(ast.dump(ast.parse(one)) != ast.dump(ast.parse(source)) for one in sources)


@pytest.mark.parametrize("op", BINARY)
def test_every_augmented_assignment_is_changed(op):
    assert len(list(mutants(f"x {op}= y"))) == 3


def test_each_part_of_a_chain_of_comparisons_is_changed():
    changes = {m.change for m in mutants("0 <= x < y")}
    assert {"0 <= x < y → 0 < x < y", "0 <= x < y → 0 <= x <= y"} <= changes
