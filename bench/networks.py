"""Race one training step of an array network (forward, reverse, update) against numpy and peers."""

from itertools import pairwise
from typing import Any

import numpy as np

from bench.measure import Goal, Race, Step, have, race  # first: it sets the number of threads
from coursekit import Graph, backprop, cross_entropy, relu
from coursekit import sum as total

ETA, ALPHA = 0.01, 1e-4
SETTINGS = [
    ("64-32-10, batch 32", (64, 32, 10), 32, 40),
    ("784-128-64-10, batch 128", (784, 128, 64, 10), 128, 25),
    ("2-16-16-1, batch 100, hinge loss and L2 (micrograd's demo)", (2, 16, 16, 1), 100, 40),
]
Arrays = dict[str, np.ndarray[Any, Any]]


def problem(widths: tuple[int, ...], batch: int) -> tuple[Arrays, Any, Any]:
    rng = np.random.default_rng(0)
    parameters: Arrays = {}
    for k, (m, n) in enumerate(pairwise(widths), 1):
        parameters |= {f"W{k}": rng.normal(0, (2 / m) ** 0.5, (m, n)), f"b{k}": np.zeros(n)}
    X = rng.normal(size=(batch, widths[0]))
    hinge = widths[-1] == 1
    Y = rng.choice([-1.0, 1.0], (batch, 1)) if hinge else rng.integers(0, widths[-1], batch)
    return parameters, X, Y


def by_hand(P: Arrays, X: Any, Y: Any) -> Step:
    layers, hinge, rows = len(P) // 2, Y.ndim == 2, np.arange(len(X))

    def step() -> float:
        activations, a = [X], X
        for k in range(1, layers + 1):
            z = a @ P[f"W{k}"] + P[f"b{k}"]
            a = np.maximum(z, 0.0) if k < layers else z
            activations.append(a)
        if hinge:
            margins = np.maximum(1.0 - Y * a, 0.0)
            loss = margins.mean() + ALPHA * sum(np.vdot(p, p) for p in P.values())
            d = (margins > 0) * Y * (-1.0 / len(X))
        else:
            s = a - a.max(axis=1, keepdims=True)
            e = np.exp(s)
            t = e.sum(axis=1, keepdims=True)
            loss = (np.log(t[:, 0]) - s[rows, Y]).mean()
            d = e / t
            d[rows, Y] -= 1.0
            d /= len(X)
        for k in range(layers, 0, -1):
            slopes = {f"W{k}": activations[k - 1].T @ d, f"b{k}": d.sum(axis=0)}
            if k > 1:
                d = d @ P[f"W{k}"].T
                d *= activations[k - 1] > 0
            for name, slope in slopes.items():
                P[name] -= ETA * (slope + 2 * ALPHA * P[name]) if hinge else ETA * slope
        return float(loss)

    return step


def network(layers: int, *, hinge: bool, X: Any = None, Y: Any = None) -> Graph:
    """Return the network; X and Y are constants, or inputs of the graph if they are omitted."""
    g = Graph()
    a, y = (g.input("X"), g.input("Y")) if X is None else (X, Y)
    for k in range(1, layers + 1):
        z = a @ g.parameter(f"W{k}") + g.parameter(f"b{k}")
        a = relu(z) if k < layers else z
    g.loss(total(relu(1.0 - y * a)) * 0.01 if hinge else cross_entropy(a, y))
    return g


def compiled(P: Arrays, X: Any, Y: Any) -> Step:
    hinge, labels = Y.ndim == 2, Y.astype(float)
    flat = network(len(P) // 2, hinge=hinge).compile().flat(**P)
    theta, gradient = flat.theta, flat.gradient

    def step() -> float:
        loss = flat(X=X, Y=labels)
        if hinge:
            loss += ALPHA * theta.dot(theta)
            np.multiply(theta, 1.0 - 2 * ALPHA * ETA, out=theta)
        np.multiply(gradient, ETA, out=gradient)
        np.subtract(theta, gradient, out=theta)
        return float(loss)

    return step


def descend(g: Graph, P: Arrays, *, hinge: bool) -> float:
    """Take a step of gradient descent, in place; return the loss before it."""
    lin = g.linearize(**P)
    adjoints, loss = backprop(lin), lin.values[lin.loss]
    if hinge:
        loss = loss + ALPHA * sum(np.vdot(p, p) for p in P.values())
    for v in g.parameters:
        slope, p = adjoints[v], P[str(v)]
        p -= ETA * (slope + 2 * ALPHA * p) if hinge else ETA * slope
    return float(loss)


def eager(P: Arrays, X: Any, Y: Any) -> Step:
    layers, hinge, labels = len(P) // 2, Y.ndim == 2, Y.astype(float)
    return lambda: descend(network(layers, hinge=hinge, X=X, Y=labels), P, hinge=hinge)


def built_once(P: Arrays, X: Any, Y: Any) -> Step:
    hinge = Y.ndim == 2
    g = network(len(P) // 2, hinge=hinge, X=X, Y=Y.astype(float))
    return lambda: descend(g, P, hinge=hinge)


def of_autograd(P: Arrays, X: Any, Y: Any) -> Step:
    import autograd.numpy as anp
    from autograd import value_and_grad

    layers, hinge, rows = len(P) // 2, Y.ndim == 2, np.arange(len(X))

    def loss(P: Arrays) -> Any:
        a = X
        for k in range(1, layers + 1):
            z = anp.dot(a, P[f"W{k}"]) + P[f"b{k}"]
            a = anp.maximum(z, 0.0) if k < layers else z
        if hinge:
            l2 = sum(anp.sum(p * p) for p in P.values())
            return anp.mean(anp.maximum(1.0 - Y * a, 0.0)) + ALPHA * l2
        s = a - anp.max(a, axis=1, keepdims=True)
        return anp.mean(anp.log(anp.sum(anp.exp(s), axis=1)) - s[rows, Y])

    both = value_and_grad(loss)

    def step() -> float:
        value, slopes = both(P)
        for name, slope in slopes.items():
            P[name] -= ETA * slope
        return float(value)

    return step


def of_mygrad(P: Arrays, X: Any, Y: Any) -> Step:
    import mygrad as mg
    from mygrad.nnet.losses import softmax_crossentropy

    layers, hinge = len(P) // 2, Y.ndim == 2
    T = {name: mg.tensor(p) for name, p in P.items()}

    def step() -> float:
        a = X
        for k in range(1, layers + 1):
            z = mg.matmul(a, T[f"W{k}"]) + T[f"b{k}"]
            a = mg.maximum(z, 0.0) if k < layers else z
        if hinge:
            l2 = sum(mg.sum(p * p) for p in T.values())
            loss = mg.mean(mg.maximum(1.0 - Y * a, 0.0)) + ALPHA * l2
        else:
            loss = softmax_crossentropy(a, Y)
        loss.backward()
        for p in T.values():
            p.data -= ETA * p.grad
        return float(loss.item())

    return step


def of_torch(P: Arrays, X: Any, Y: Any) -> Step:
    import torch
    from torch.nn.functional import cross_entropy as ce

    torch.set_num_threads(1)
    layers, hinge = len(P) // 2, Y.ndim == 2
    T = {name: torch.tensor(p, requires_grad=True) for name, p in P.items()}
    tX, tY = torch.tensor(X), torch.tensor(Y)

    def step() -> float:
        a = tX
        for k in range(1, layers + 1):
            z = a @ T[f"W{k}"] + T[f"b{k}"]
            a = torch.relu(z) if k < layers else z
        if hinge:
            l2 = sum((p * p).sum() for p in T.values())
            loss = torch.relu(1.0 - tY * a).mean() + ALPHA * l2
        else:
            loss = ce(a, tY)
        loss.backward()
        with torch.no_grad():
            for p in T.values():
                p -= ETA * p.grad
                p.grad = None
        return float(loss.detach())

    return step


def of_jax(P: Arrays, X: Any, Y: Any) -> Step:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    layers, hinge = len(P) // 2, Y.ndim == 2
    rows = jnp.arange(len(X))

    def loss(P: Any, X: Any, Y: Any) -> Any:
        a = X
        for k in range(1, layers + 1):
            z = a @ P[f"W{k}"] + P[f"b{k}"]
            a = jnp.maximum(z, 0.0) if k < layers else z
        if hinge:
            l2 = sum(jnp.vdot(p, p) for p in P.values())
            return jnp.maximum(1.0 - Y * a, 0.0).mean() + ALPHA * l2
        return -jax.nn.log_softmax(a)[rows, Y].mean()

    @jax.jit
    def update(P: Any, X: Any, Y: Any) -> Any:
        value, slopes = jax.value_and_grad(loss)(P, X, Y)
        return value, {name: P[name] - ETA * slopes[name] for name in P}

    now: dict[str, Any] = {"P": {name: jnp.asarray(p) for name, p in P.items()}}
    jX, jY = jnp.asarray(X), jnp.asarray(Y)

    def step() -> float:
        value, now["P"] = update(now["P"], jX, jY)
        return float(value)

    return step


PEERS = {
    "JAX jit": ("jax", of_jax),
    "torch eager": ("torch", of_torch),
    "MyGrad": ("mygrad", of_mygrad),
    "HIPS autograd": ("autograd", of_autograd),
}
HAND, COMPILED, EAGER = "hand-written numpy", "coursekit (compiled)", "coursekit (eager)"
KEPT = "coursekit (eager, graph built once)"
GOALS = [(0.72, 1.4), (0.97, 1.2), (0.6, None)]  # for each setting: compiled, and graph built once


def races() -> list[Race]:
    results = []
    for (title, widths, batch, rounds), (fast, slow) in zip(SETTINGS, GOALS, strict=True):
        P, X, Y = problem(widths, batch)
        makers = {HAND: by_hand, COMPILED: compiled, KEPT: built_once, EAGER: eager}
        makers |= {name: make for name, (module, make) in PEERS.items() if have(module)}
        contestants = {
            name: make({k: p.copy() for k, p in P.items()}, X, Y) for name, make in makers.items()
        }
        goals = [Goal(COMPILED, fast, HAND)]
        goals += [Goal(KEPT, slow, HAND)] if slow else []
        goals += [Goal(COMPILED if peer == "JAX jit" else EAGER, 1.0, peer) for peer in PEERS]
        seconds = race(contestants, rounds, repeat=20 if batch < 128 else 4)
        results.append(Race(f"One training step, {title}", HAND, seconds, goals=goals))
    return results
