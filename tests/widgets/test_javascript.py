"""The views' JavaScript: types, unit tests, agreement with Python, and joining its modules."""

from math import isclose
from random import Random

import numpy as np
import pytest

from coursekit import GraphError, backprop, descent
from coursekit.engine.operations import OPS
from coursekit.examples import random_dag
from coursekit.networks.bowl import problem, trajectory
from coursekit.render.text import format_number
from coursekit.widgets.explore import scene
from coursekit.widgets.modules import join_modules, view_css, view_esm
from tests.support.deno import ROOT, evaluate, run_deno, write_modules
from tests.support.graphs import NAMES, random_graph

REL = 1e-9  # the browser's exp and tanh may differ from Python's in the last bits
KINDS = sorted(path.stem for path in (ROOT / "coursekit" / "widgets").glob("*.js"))
SWEEPS = {"lib/sweeps.js": "forward, reverse"}


@pytest.fixture(scope="module")
def modules(tmp_path_factory):
    """Return a folder with the modules, ready for deno."""
    folder = tmp_path_factory.mktemp("modules")
    write_modules(folder)
    return folder


def check(folder, *paths):
    return run_deno(folder, "check", *(f"coursekit/widgets/{path}" for path in paths))


def test_every_module_passes_the_type_check(modules):
    run = check(modules, "*.js", "lib/*.js")
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("scene.edges.map", "scene.edge_list.map", "'edge_list' does not exist"),
        ("forward(scene, now.at, ", "forward(scene, 'now', ", "not assignable to parameter"),
    ],
    ids=["a misspelt field", "a wrong argument"],
)
def test_a_type_error_is_found(modules, right, wrong, message):
    sweeps = modules / "coursekit" / "widgets" / "lib" / "sweeps.js"
    source = sweeps.read_text(encoding="utf-8")
    assert right in source
    changed = sweeps.with_name("changed.js")
    changed.write_text(source.replace(right, wrong, 1), encoding="utf-8")
    assert message in check(modules, "lib/changed.js").stderr
    changed.unlink()


def test_the_unit_tests_pass(modules):
    tests = [str(path) for path in (ROOT / "tests" / "widgets").glob("*.test.js")]
    assert tests
    run = run_deno(modules, "test", "--no-check", "--config=deno.jsonc", *tests)
    assert run.returncode == 0, run.stdout


def test_the_sweeps_agree_with_pythons_on_200_random_graphs(modules):
    rng = Random(5)
    graphs = [random_graph(rng) for _ in range(200)]
    points = [[rng.uniform(-1.5, 1.5) for _ in NAMES] for _ in graphs]
    linearizations = [
        g.linearize(**dict(zip(NAMES, point, strict=True)))
        for g, point in zip(graphs, points, strict=True)
    ]
    scenes = [scene(lin, g) for lin, g in zip(linearizations, graphs, strict=True)]
    results = evaluate(
        modules,
        SWEEPS,
        """data.map(([scene, point]) => {
            const { values, partials } = forward(scene, point);
            return [values, partials, reverse(scene, partials).adjoints];
        })""",
        list(zip(scenes, points, strict=True)),
    )
    for lin, (values, partials, adjoints) in zip(linearizations, results, strict=True):
        expected = backprop(lin)
        # a sum may be much smaller than its terms: the tolerance is relative to the terms
        size = max(1.0, *(abs(x) for x in partials), *(abs(a) for a in adjoints))
        for v, value, adjoint in zip(lin.vertices, values, adjoints, strict=True):
            assert isclose(value, lin.values[v], rel_tol=REL, abs_tol=REL)
            assert isclose(adjoint, expected[v], rel_tol=REL, abs_tol=REL * size)
        for edge, partial in zip(lin.edges, partials, strict=True):
            assert isclose(partial, lin.partials[edge], rel_tol=REL, abs_tol=REL)


def test_reads_and_adjoints_agree_with_pythons_on_plain_graphs(modules):
    linearizations = [random_dag(Random(seed), 9) for seed in range(30)]
    scenes = [scene(lin) for lin in linearizations]
    results = evaluate(
        modules, SWEEPS, "data.map((scene) => reverse(scene, scene.partials).adjoints)", scenes
    )
    for lin, data, adjoints in zip(linearizations, scenes, results, strict=True):
        assert sorted(data["reads"]) == list(range(len(lin.edges)))
        assert adjoints == list(backprop(lin).values())


def test_javascript_formats_numbers_as_python_does(modules):
    rng = Random(1)
    xs = [rng.uniform(-1, 1) * 10 ** rng.randint(-9, 9) for _ in range(2000)]
    xs += [0.0, -0.0, 0.0005, -0.0005, 0.0625, 2.5e-4, 999_999.9996, 1e6, 262_144, 0.0015, 1.0005]
    texts = evaluate(modules, {"lib/format.js": "formatNumber"}, "data.map(formatNumber)", xs)
    assert texts == [format_number(x) for x in xs]


def test_descent_takes_the_same_steps_as_in_python(modules):
    X, y, order = problem(1)
    runs = [(0.3, 16, 15), (0.8, 3, 60), (1.6, 1, 9)]
    paths = evaluate(
        modules,
        {"descent.js": "trajectory"},
        "data.runs.map((at) => trajectory(data.scene, ...at))",
        {"scene": descent(eta=0.3).widget.scene, "runs": runs},
    )
    for (eta, batch, steps), path in zip(runs, paths, strict=True):
        np.testing.assert_allclose(path, trajectory(X, y, order, eta, batch, steps), rtol=1e-9)


def test_every_operation_on_numbers_agrees_with_pythons(modules):
    points = [[0.7, 1.3, 0.4], [2.1, 0.6, -0.5], [1.0, 1.0, 2.0]]
    ops = [op for op in OPS.values() if op.elementwise]
    results = evaluate(
        modules,
        {"lib/operations.js": "OPS"},
        """data.names.map((name) => data.points.map(([x, y, z]) => {
            const v = OPS[name].value(x, y, z);
            return [v, ...OPS[name].partials.map((f) => f(x, y, z, v))];
        }))""",
        {"names": [op.name for op in ops], "points": points},
    )
    for op, numbers in zip(ops, results, strict=True):
        for at, result in zip(points, numbers, strict=True):
            assert result == pytest.approx(list(op.rule(*at[: op.arity])), rel=REL), op


@pytest.mark.parametrize("kind", KINDS)
def test_a_view_is_one_module_without_imports(kind, modules):
    module = view_esm(kind)
    assert module.count("\nexport default ") == 1
    assert "\nimport " not in module
    joined = modules / "joined.js"
    joined.write_text(f"{module}\n", encoding="utf-8")
    (modules / "load.js").write_text(
        'import view from "./joined.js"; console.log(typeof view.render);'
    )
    run = run_deno(modules, "run", "--no-check", "load.js")  # the joined module loads
    assert run.stdout == "function\n", run.stderr


def test_a_view_contains_only_the_modules_that_it_imports():
    assert "// lib/sweeps.js" not in view_esm("quiz")
    assert ".ck-quiz" not in view_css("gate")
    assert len(view_esm("album")) < len(view_esm("explore")) / 3


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        ({"a.js": 'import b from "./b.js";\n'}, "a.js: use named imports and exports only"),
        ({"a.js": "export * from './b.js';\n"}, "a.js: use named imports and exports only"),
        (
            {"a.js": 'import { c } from "./b.js";\n', "b.js": "export const d = 1;"},
            "a.js: b.js does not export c",
        ),
        (
            {
                "a.js": 'import { b } from "./b.js";\nfunction c() {}',
                "b.js": "const c = 1;\nexport const b = c;",
            },
            "a.js and b.js both declare c",
        ),
        (
            {
                "a.js": 'import { b } from "./b.js";\n',
                "b.js": "export const b = 1;\nexport default b;",
            },
            "b.js: only a view's own module may have a default export",
        ),
        (
            {
                "a.js": 'import { b } from "./b.js";\nexport const a = 1;',
                "b.js": 'import { a } from "./a.js";\nexport const b = 1;',
            },
            "the modules of a.js import one another: cycle: ",
        ),
    ],
)
def test_modules_that_cannot_be_joined_are_refused_with_one_sentence(texts, sentence):
    with pytest.raises(GraphError) as error:
        join_modules("a.js", texts.__getitem__)
    assert str(error.value).startswith(sentence)
