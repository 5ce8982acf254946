"""Microseconds a vertex: build, linearize and backprop, against micrograd in one run: `make bench`.

Rounds are interleaved and the median of each round's ratio is printed. micrograd's sort recurses,
so beyond its reach it runs with an iterative sort, as said in the table.
"""

from collections.abc import Callable
from random import Random
from statistics import median
from time import perf_counter

from micrograd.engine import Value

from coursekit import Graph, backprop

ROUNDS = 15


def operations(size: int) -> list[tuple[bool, int, int]]:
    """Return random operations (multiply?, operand, operand): on the last result and an earlier."""
    rng = Random(size)
    return [(rng.random() < 0.5, k, rng.randrange(k + 1)) for k in range(size)]


def ours(code: list[tuple[bool, int, int]]) -> float:
    g = Graph()
    pool = [g.input("x")]
    for multiply, i, j in code:
        pool.append(pool[i] * pool[0] if multiply else pool[i] + pool[j])
    g.loss(pool[-1])
    return backprop(g.linearize(x=1.0))[pool[0]]


def theirs(code: list[tuple[bool, int, int]]) -> float:
    x = Value(1.0)
    pool = [x]
    for multiply, i, j in code:
        pool.append(pool[i] * pool[0] if multiply else pool[i] + pool[j])
    backward(pool[-1])
    return float(x.grad)


def backward(loss: Value) -> None:
    """Do what micrograd's `backward` does, with a stack of its own in place of recursion."""
    order, seen, stack = [], set(), [(loss, False)]
    while stack:
        v, done = stack.pop()
        if done:
            order.append(v)
        elif v not in seen:
            seen.add(v)
            stack.append((v, True))
            stack += [(u, False) for u in v._prev]
    loss.grad = 1.0
    for v in reversed(order):
        v._backward()


def seconds(
    f: Callable[[list[tuple[bool, int, int]]], float], code: list[tuple[bool, int, int]]
) -> float:
    start = perf_counter()
    f(code)
    return perf_counter() - start


def main() -> None:
    print(f"{'vertices':>10} {'coursekit':>12} {'micrograd':>12} {'ratio':>7}   (us a vertex)")
    for size, rounds in ((600, ROUNDS), (10_000, 5), (100_000, 3)):
        code = operations(size)
        pairs = [(seconds(ours, code), seconds(theirs, code)) for _ in range(rounds)]
        mine, other = (median(column) / size * 1e6 for column in zip(*pairs, strict=True))
        print(f"{size:10} {mine:12.2f} {other:12.2f} {median(b / a for a, b in pairs):7.2f}")


if __name__ == "__main__":
    main()
