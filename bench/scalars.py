"""Race scalar graphs: built and differentiated each time, or compiled once and run many times."""

import math
from collections.abc import Callable
from functools import partial
from random import Random
from types import SimpleNamespace
from typing import Any

import numpy as np

from bench import values
from bench.measure import Goal, Race, Step, have, race  # first: it sets the number of threads
from coursekit import Graph, backprop
from coursekit import exp as our_exp
from coursekit import relu as our_relu
from coursekit.programs.program import MAX_VERTICES

Code = list[tuple[bool, int, int]]
Functions = SimpleNamespace  # relu and exp of one library
Build = Callable[[Any, Functions], list[Any]]  # returns results from an input; the loss is last
KINDS = ("chain", "random operands", "mixed")
SIZES = ((600, 60), (10_000, 9), (100_000, 5))
MICROGRAD = "micrograd (with an iterative sort)"
OURS = Functions(relu=our_relu, exp=our_exp)
FASTER = {  # than micrograd
    ("chain", 600): 4,
    ("random operands", 600): 4,
    ("mixed", 600): 3,
    ("chain", 100_000): 10,
    ("random operands", 100_000): 8,
}


def operations(size: int, kind: str) -> Code:
    """Return operations as triples: whether to multiply or add, and the two operands' numbers.

    The first operand is the previous result, so that each vertex reaches the loss. The second is
    the input (for a chain) or any earlier result.
    """
    rng = Random(size)
    second = (lambda k: 0) if kind == "chain" else (lambda k: rng.randrange(k + 1))
    return [(k % 2 == 0, k, 0 if k % 2 == 0 else second(k)) for k in range(size)]


def build(code: Code, x: Any) -> list[Any]:
    """Return the input and every result, so that all stay referenced, as in a training loop."""
    pool = [x]
    for multiply, i, j in code:
        pool.append(pool[i] * pool[j] if multiply else pool[i] + pool[j])
    return pool


def build_mixed(size: int, x: Any, library: Functions) -> list[Any]:
    """Return results of functions, negations and constants on either side, ten at a time.

    Neither the values nor the adjoints overflow or vanish, however large the graph is.
    """
    relu, exp = library.relu, library.exp
    v, results = x, []
    for _ in range(size // 10):
        a = relu(v * 0.5 + 1.0)
        b = 2 * a - x
        v = b - (1 - exp(-b / 2.0))
        results += (a, b, v)
    return results


def builder(size: int, kind: str) -> Build:
    """Return the function that builds the same graph with any library."""
    if kind == "mixed":
        return partial(build_mixed, size)
    code = operations(size, kind)
    return lambda x, _: build(code, x)


def ours(build: Build) -> Step:
    def step() -> float:
        g = Graph()
        x = g.input("x")
        g.loss(build(x, OURS)[-1])
        return float(backprop(g.linearize(x=0.999))[x])

    return step


def microgpts(build: Build) -> Step:
    functions = Functions(relu=values.Value.relu, exp=values.Value.exp)

    def step() -> float:
        x = values.Value(0.999)
        build(x, functions)[-1].backward()
        return float(x.grad)

    return step


def micrograds(build: Build) -> Step:
    from micrograd.engine import Value

    def exp(x: Value) -> Value:
        """Return eˣ, which micrograd lacks, written like its other operations."""
        out = Value(math.exp(x.data), (x,), "exp")

        def _backward() -> None:
            x.grad += out.data * out.grad

        out._backward = _backward
        return out

    functions = Functions(relu=Value.relu, exp=exp)

    def step() -> float:
        x = Value(0.999)
        backward(build(x, functions)[-1])
        return float(x.grad)

    return step


def torchs(build: Build) -> Step:
    import torch

    functions = Functions(relu=torch.relu, exp=torch.exp)

    def step() -> float:
        x = torch.tensor(0.999, dtype=torch.float64, requires_grad=True)
        build(x, functions)[-1].backward()
        return float(x.grad)

    return step


def backward(loss: Any) -> None:
    """Do what micrograd's `backward` does, with an explicit stack instead of recursion."""
    loss.grad = 1.0
    for v in reversed(values.topological_order(loss)):
        v._backward()


def building() -> list[Race]:
    results = []
    for kind in KINDS:
        for size, rounds in SIZES:
            graph = builder(size, kind)
            contestants = {"coursekit": ours(graph), "Value in microgpt's style": microgpts(graph)}
            if have("micrograd"):
                contestants[MICROGRAD] = micrograds(graph)
            if have("torch") and size < 10_000:
                contestants["torch (one tensor per number)"] = torchs(graph)
            faster = FASTER.get((kind, size))
            results.append(
                Race(
                    f"Build, linearize, backprop: {size:,} vertices, {kind}",
                    "coursekit",
                    race(contestants, rounds, repeat=max(1, 3_000 // size), collect=size >= 10_000),
                    per=size,
                    goals=[Goal("coursekit", 1 / faster, MICROGRAD)] if faster else [],
                )
            )
    return results


def running() -> list[Race]:
    """Time compiled scalar programs; above `MAX_VERTICES` vertices a program is a tape."""
    results = []
    for size, rounds in ((1_000, 60), (10_000, 15), (MAX_VERTICES + 1, 7)):
        g = Graph()
        pool = build([(k % 2 == 0, k, 0) for k in range(size - 1)], g.input("x"))
        g.loss(pool[-1])
        program = g.compile()
        seconds = race({"coursekit": lambda run=program: run(x=0.999)[0]}, rounds)
        interpreted = size > MAX_VERTICES
        how = "interpreted tape" if interpreted else "straight-line code"
        results.append(
            Race(
                f"Both sweeps of a compiled program: {size:,} vertices, {how}",
                "coursekit",
                seconds,
                per=size,
                goals=[Goal("coursekit", 0.4e-6)] if interpreted else [],
            )
        )
    return results


def compiling() -> list[Race]:
    results = []
    for kind in KINDS:
        g = Graph()
        g.loss(builder(100_000 - 10, kind)(g.input("x"), OURS)[-1])

        def step(g: Graph = g) -> float:
            return float(g.compile()(x=0.999)[0])

        results.append(
            Race(
                f"Compile a program, and call it once: 100,000 vertices, {kind}",
                "coursekit",
                race({"coursekit": step}, 3, collect=True),
                unit="s",
                goals=[Goal("coursekit", 2.0)],
            )
        )
    return results


def demo() -> list[Race]:
    """Time micrograd's demo: a 2-16-16-1 network on 100 points, with hinge loss and L2."""
    if not have("micrograd"):
        return []
    import random

    from micrograd.engine import Value
    from micrograd.nn import MLP

    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(100, 2)), rng.choice([-1.0, 1.0], 100)

    def loss_of(model: Any, relu: Callable[[Any], Any], inputs: Any, y: Any, alpha: float) -> Any:
        margin = relu(1 + -y * model(inputs))
        return margin + alpha * sum(p * p for p in model.parameters())

    random.seed(0)
    theirs = MLP(2, [16, 16, 1])
    start = [p.data for p in theirs.parameters()]

    def their_step() -> float:
        inputs = [list(map(Value, row)) for row in X]
        losses = [(1 + -y * theirs(x)).relu() for x, y in zip(inputs, Y, strict=True)]
        loss = sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in theirs.parameters())
        theirs.zero_grad()
        backward(loss)
        return float(loss.data)

    random.seed(0)
    g = Graph()
    inputs, y = [g.input("x1"), g.input("x2")], g.input("y")
    W = iter(g.parameter(f"p{k}") for k in range(len(start)))
    a: list[Any] = inputs
    for outputs, last in ((16, False), (16, False), (1, True)):
        layer = []
        for _ in range(outputs):
            weights = [next(W) for _ in a]
            z = sum((w * x for w, x in zip(weights, a, strict=True)), next(W))
            layer.append(z if last else our_relu(z))
        a = layer
    g.loss(our_relu(1 - y * a[0]))
    flat = g.compile().flat(**{f"p{k}": p for k, p in enumerate(start)})
    theta, gradient = flat.theta, flat.gradient
    columns = {"x1": X[:, 0].copy(), "x2": X[:, 1].copy(), "y": Y}

    def our_step() -> float:
        losses = flat(**columns)
        np.multiply(gradient, 1 / 100, out=gradient)
        np.add(gradient, 2e-4 * theta, out=gradient)
        return float(losses.mean() + 1e-4 * theta.dot(theta))

    contestants = {"coursekit (batch as columns)": our_step, "micrograd": their_step}
    return [
        Race(
            "micrograd's demo: loss and gradient on 100 points",
            "coursekit (batch as columns)",
            race(contestants, 3, more={"coursekit (batch as columns)": 100}),
            unit="ms",
            goals=[Goal("coursekit (batch as columns)", 1 / 1000, "micrograd")],
        )
    ]


def races() -> list[Race]:
    return building() + running() + compiling() + demo()
