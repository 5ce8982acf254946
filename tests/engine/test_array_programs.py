"""Random programs of arrays: numpy's values, slopes as differences, and every way agrees.

`make fuzz` compares many more of them with torch.
"""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import coursekit as ck
from coursekit import Graph, GraphError, Watched, backprop
from tests.support.array_programs import (
    COURSEKIT,
    NUMPY,
    as_floats,
    graph_of,
    numpy_values,
)
from tests.support.faults import differences, only_type, precision, shared_memory, wrong_types
from tests.support.graphs import array_programs, programs
from tests.support.refusals import refused
from tests.support.ways import SECOND, WAYS, losses, run_of

STEPS = (1e-4, 5e-5)  # the difference between their results bounds the error of both


def faults(found):
    """Return sentences, which a failing assertion shows in full."""
    return [str(fault) for fault in found]


def directions(program, seed=0):
    normal = np.random.default_rng(seed).normal
    return {name: normal(size=np.shape(x)) for name, x in program.inputs.items()}


def moved(program, along, t):
    """Return the program at its inputs plus t times a direction, in double precision."""
    inputs = {
        name: as_floats(x, np.float64) + t * along[name] for name, x in program.inputs.items()
    }
    return replace(program, inputs=inputs)


def differentiate(f):
    """Return f's central difference at 0, and a bound on its error, also where f has a kink."""
    coarse, fine = ((f(h) - f(-h)) / (2 * h) for h in STEPS)
    ahead, behind = ((f(h) - f(0.0)) / h for h in (STEPS[1], -STEPS[1]))
    return fine + (fine - coarse) / 3, 100 * abs(fine - coarse) + abs(ahead - behind)


def jump(slope):
    """Return how far our own slope jumps at 0: at a kink it is one of many, as relu′(0) is."""
    return max(abs(slope(h) - slope(0.0)) for h in (STEPS[1], -STEPS[1]))


@given(programs)
def test_every_value_is_numpys(program):
    run, right = run_of(program), numpy_values(program)
    values = {name: run.lin.values[v] for name, v in run.vertices.items()}
    assert faults(differences("values", values, right, precision(program))) == []
    for where, loss in losses(run).items():
        expected = {"loss": right[program.loss]}
        assert faults(differences(where, {"loss": loss}, expected, precision(program))) == []


@given(programs)
def test_the_gradient_is_the_slope_in_any_direction(program):
    along = directions(program)

    def loss(t):
        return float(np.sum(numpy_values(moved(program, along, t), np.float64)[program.loss]))

    def slope(t):
        gradient = WAYS["tape"](run_of(moved(program, along, t)))
        return sum(float(np.sum(gradient[name] * d)) for name, d in along.items())

    expected, error = differentiate(loss)
    assume(math.isfinite(expected))  # as it is not at √0
    gradient = WAYS["tape"](run_of(program))
    found = sum(float(np.sum(gradient[name] * d)) for name, d in along.items())
    scale = max([1.0, *(float(np.max(np.abs(x))) for x in gradient.values() if np.size(x))])
    rough = 1e-2 if precision(program) == "float32" else 1e-5
    assert found == pytest.approx(expected, rel=rough, abs=error + jump(slope) + rough * scale)


@given(programs)
def test_every_way_finds_the_gradient_of_the_tape(program):
    run = run_of(program)
    right = WAYS["tape"](run)
    # at √0 it is infinite: numbers refuse it, and the 0 of a unit vector becomes 0 · ∞
    assume(all(np.all(np.isfinite(slope)) for slope in right.values()))
    for name, way in WAYS.items():
        found = way(run)
        if found is not None:
            expected = {x: d for x, d in right.items() if x in found}
            assert faults(differences(name, found, expected, precision(program))) == []


@given(programs)
def test_the_second_derivative_is_the_slope_of_the_gradient(program):
    along, run = directions(program, seed=1), run_of(program)
    assume(all(np.all(np.isfinite(slope)) for slope in WAYS["tape"](run).values()))  # as not at √0
    ways = [way for way in SECOND.values() if way(run, along) is not None]
    for name in program.inputs if ways else ():
        weights = directions(program)[name]

        def along_weights(results, name=name, weights=weights):
            return float(np.sum(results[name] * weights))

        def slope(t):
            return along_weights(WAYS["tape"](run_of(moved(program, along, t))))

        expected, error = differentiate(slope)
        for way in ways:
            kink = jump(
                lambda t, way=way: along_weights(way(run_of(moved(program, along, t)), along))
            )
            product = along_weights(way(run, along))
            assert product == pytest.approx(expected, rel=1e-4, abs=error + kink + 1e-4)


@given(programs)
def test_every_adjoint_and_tangent_has_the_shape_of_its_value(program):
    run = run_of(program)
    lin = run.lin
    tangents = {run.vertices[name]: d if np.ndim(d) else float(d)
                for name, d in directions(program).items()}  # fmt: skip
    for where, results in {
        "tape": backprop(lin),
        "watched": backprop(Watched(lin)),
        "forward_mode": ck.forward_mode(lin, tangents),
    }.items():
        shapes = {str(v): np.shape(results[v]) for v in lin.vertices}
        assert (where, shapes) == (where, {str(v): np.shape(lin.values[v]) for v in lin.vertices})


@given(array_programs)
def test_all_numbers_of_a_program_have_one_type(program):
    run, right = run_of(program), only_type(program)
    if right is None:
        return
    adjoints, (_, gradient) = backprop(run.lin), run.compiled
    for where, results in {
        "values": {name: run.lin.values[v] for name, v in run.vertices.items()},
        "adjoints": {name: adjoints[v] for name, v in run.vertices.items()},
        "program": gradient,
    }.items():
        arrays = {name: x for name, x in results.items() if np.ndim(x)}
        assert faults(wrong_types(where, arrays, right)) == []


@given(array_programs)
def test_results_share_no_memory_with_anything(program):
    run = run_of(program)
    before = {name: np.array(x) for name, x in run.at.items()}
    adjoints, (loss, gradient) = backprop(run.lin), run.compiled
    for where, results in {
        "tape": {name: adjoints[v] for name, v in run.vertices.items()},
        "watched": WAYS["watched"](run),
        "program": {"the loss": loss, **gradient},
    }.items():
        assert faults(shared_memory(where, results, run.at)) == []
    for name, x in run.at.items():
        assert np.array_equal(np.asarray(x), before[name])


@given(array_programs, array_programs)
def test_a_program_does_not_depend_on_earlier_calls(program, other):
    """Shapes, types and numbers of earlier inputs leave no trace in a compiled program."""
    graph, _ = graph_of(program)
    compiled = graph.compile()
    first = compiled(**program.inputs)
    for inputs in (moved(program, directions(program), 0.5).inputs, other.inputs):
        try:
            compiled(**{name: inputs.get(name, x) for name, x in program.inputs.items()})
        except GraphError:
            continue  # these shapes do not match
    again = compiled(**program.inputs)
    assert np.array_equal(first[0], again[0], equal_nan=True)
    assert all(np.array_equal(first[1][x], d, equal_nan=True) for x, d in again[1].items())


WRONG_SHAPES = st.lists(st.sampled_from((0, 1, 2, 3, 5)), max_size=3).map(tuple)
WRONG_STEPS = st.sampled_from(
    [("add", {}), ("matmul", {}), ("mse", {}), ("cross_entropy", {}), ("where", {})]
    + [("reshape", {"shape": s}) for s in ((7, 2), (5, -1), (-1, -1))]
    + [("broadcast_to", {"shape": s}) for s in ((7,), (2, 7), ())]
    + [
        (op, {"axis": a})
        for op in ("sum", "mean", "var", "max", "min", "softmax", "logsumexp")
        for a in (2, -4, (0, 0), 5)
    ]
    + [("transpose", {"axes": a}) for a in ((0, 0), (1, 0), (0, 2, 1), (), (5,))]
    + [("swapaxes", {"axis1": a, "axis2": 0}) for a in (1, -3)]
    + [("expand_dims", {"axis": a}) for a in (3, -4, (0, 0))]
    + [(op, {"axis": a}) for op in ("concatenate", "stack") for a in (0, 1, -1, 3, -4)]
    + [
        ("index", {"at": at})
        for at in (7, (0, 0, 0, 0, 0), [9], np.s_[..., ...], [True] * 7, 1.5, "a")
    ]
)


@given(WRONG_SHAPES, WRONG_SHAPES, WRONG_STEPS)
def test_what_numpy_refuses_is_refused_in_one_sentence(left, right, step):
    op, settings = step
    operands = [np.ones(left)]
    if op in ("add", "matmul", "mse", "cross_entropy", "concatenate", "stack"):
        operands.append(np.zeros(right, int) if op == "cross_entropy" else np.ones(right))
    elif op == "where":
        operands += [np.ones(right), np.ones(7)]
    try:
        with np.errstate(all="ignore"):
            NUMPY[op](*operands, **settings)
    except Exception:
        pass
    else:
        return

    def built():
        g = Graph()
        g.loss(COURSEKIT[op](g.input("x"), *operands[1:], **settings))
        return g.linearize(x=operands[0])

    refused(built)
