"""Draw twelve graphs of a lecture on backpropagation: `python docs/lecture.py lecture`.

Each function returns one picture. Copy the function that you need, change it, and save the picture
as .svg, .pdf, .png or .tex. docs/lecturers.md and docs/picture-language.md explain the options.
"""

import sys
from pathlib import Path
from random import Random

import numpy as np

from coursekit import (
    Graph,
    backprop,
    concatenate,
    draw,
    draw_network,
    exp,
    linearization,
    log,
    mean,
    relu,
    sigmoid,
    softmax,
    sqrt,
    tanh,
    transpose,
    var,
)
from coursekit.examples import layered

BLANK = {"values", "adjoints", "partials", "unnamed"}  # hidden, so that the rest is larger


def logistic_regression():
    """Draw ℓ = −log σ(wx + b) with the numbers of both sweeps."""
    g = Graph()
    w, x, b = g.parameter("w"), g.input("x"), g.parameter("b")
    z = (w * x + b).named("z")
    g.loss(-log(sigmoid(z).named("y", tex=r"\hat{y}")))
    lin = g.linearize(w=0.5, x=2.0, b=-1.0)
    return draw(lin, adjoints=backprop(lin), hide={"unnamed"})


def network_2_2_1():
    """Draw a network as a circle for each neuron, with its weights and biases."""
    weights = [[[0.5, -1.0], [2.0, 0.3]], [[1.0, -0.7]]]
    return draw_network([2, 2, 1], weights=weights, biases=[[0.1, -0.2], [0.4]])


def lstm_cell():
    """Draw an LSTM cell, in which each gate is a block that is folded into one vertex."""
    g = Graph()
    c, h, x = g.input("c", tex="c_{t-1}"), g.input("h", tex="h_{t-1}"), g.input("x", tex="x_t")

    def gate(title, sigma):
        with g.block(title):
            return sigma(g.parameter(f"W_{title}") @ concatenate([h, x]))

    forget, enter = gate("forget", sigmoid), gate("input", sigmoid)
    new, leave = gate("candidate", tanh), gate("output", sigmoid)
    c = (forget * c + enter * new).named("c_t")
    g.loss((leave * tanh(c)).named("h_t"))
    return draw(g, fold=True, hide=BLANK)


def attention_head():
    """Draw Z = softmax(QKᵀ/√d) V with d = 4, in which each array is a rectangle in proportion."""
    g = Graph()
    X = g.input("X")
    Q, K, V = ((X @ g.parameter(f"W_{name}")).named(name) for name in "QKV")
    scores = Q / 2.0 @ transpose(K).named("KT", tex="K^T")
    g.loss((softmax(scores) @ V).named("Z"))
    lin = g.linearize(X=np.ones((3, 6)), **{f"W_{name}": np.ones((6, 4)) for name in "QKV"})
    return draw(lin, shapes=True, hide={"adjoints", "partials", "unnamed"})


def residual_block():
    """Draw y = x + W₂ relu(W₁ x) from the bottom up, and highlight the skip connection."""
    g = Graph()
    x = g.input("x")
    V, W = g.parameter("W1"), g.parameter("W2")
    z = (V @ x).named("z")
    a = relu(z).named("a")
    r = (W @ a).named("r")
    y = g.loss((x + r).named("y"))
    at = {x: (0, 3.5), V: (2, 3.5), z: (2, 2.6), a: (2, 1.8), W: (4, 1.8), r: (2, 1), y: (0, 0)}
    return draw(g, upward=True, at=at, boxes={"residual": [z, a, r]}, path=[x, y], hide=BLANK)


def batch_norm():
    """Draw batch norm: colours tell the statistics of the batch from what is learned."""
    g = Graph()
    x, eps = g.input("x"), g.input("eps", tex=r"\epsilon")
    mu, s2 = mean(x, axis=0).named("mu", tex=r"\mu"), var(x, axis=0).named("s2", tex=r"\sigma^2")
    normed = ((x - mu) / sqrt(s2 + eps)).named("xhat", tex=r"\hat{x}")
    gamma, beta = g.parameter("gamma", tex=r"\gamma"), g.parameter("beta", tex=r"\beta")
    g.loss((gamma * normed + beta).named("y"))
    groups = dict.fromkeys([mu, s2], "batch") | dict.fromkeys([gamma, beta], "learned")
    return draw(g, colour=groups, hide=BLANK)


def softmax_cross_entropy():
    """Draw ℓ = −log p₁ of three logits in a column; their adjoints are p − y."""
    g = Graph()
    z = [g.input(f"z{j}") for j in (1, 2, 3)]
    e = [exp(z[j]).named(f"e{j + 1}") for j in range(3)]
    first = e[0] + e[1]
    s = (first + e[2]).named("s")
    p = (e[0] / s).named("p1")
    loss = g.loss(-log(p))
    lin = g.linearize(z1=1.0, z2=0.0, z3=-1.0)
    at = {v: (0, j) for j, v in enumerate(z)} | {v: (1, j) for j, v in enumerate(e)}
    at |= {first: (2, 1), s: (3, 1), p: (4, 0), loss: (6, 0)}
    return draw(lin, adjoints=backprop(lin), at=at, hide={"partials", "unnamed"})


def unrolled_rnn():
    """Draw an RNN over 4 steps in a row; each step is a folded block, and W and U are shared."""
    g = Graph()
    W, U, h = g.parameter("W"), g.parameter("U"), g.input("h0")
    at = {W: (0, 0), h: (0, 1), U: (0, 2)}
    for t in range(1, 5):
        x = g.input(f"x{t}")
        with g.block(f"step {t}"):
            h = tanh(W @ x + U @ h).named(f"h{t}")
        at |= {x: (t, 2), h: (t, 1)}
    g.loss(h)
    return draw(g, fold=True, at=at, hide=BLANK)


def convolution():
    """Draw a convolution of width 2; what w₁ leads to is highlighted, once for each window."""
    g = Graph()
    x, w = [g.input(f"x{i}") for i in (1, 2, 3)], [g.parameter(f"w{i}") for i in (1, 2)]
    y = [(w[0] * x[i] + w[1] * x[i + 1]).named(f"y{i + 1}") for i in (0, 1)]
    g.loss(y[0] + y[1])
    return draw(g, colour=dict.fromkeys(w, "kernel"), out=w[0], hide=BLANK)


def x_times_x():
    """Draw ℓ = x·x, one edge with the partial 2x, as formulas with their numbers."""
    g = Graph()
    x = g.input("x")
    g.loss(x * x)
    lin = g.linearize(x=3.0)
    return draw(lin, adjoints=backprop(lin), show="both")


def sixty_vertices():
    """Draw layers of 60 vertices as dots, with the partials as widths and colours."""
    rng, lin = Random(1), layered([5] + [6] * 9)
    partials = {edge: rng.gauss(0, 1) for edge in lin.edges}
    return draw(linearization(partials, loss=lin.loss), names_up_to=30, weights=True, hide=BLANK)


def layer_with_indices():
    """Draw a_j = σ(Σ_i w_ji a_i) in the notation of a textbook, with symbols for the partials."""
    g = Graph()
    a = [g.input(f"a{i}", tex=f"a_{i}^{{(l-1)}}") for i in (1, 2)]
    w = [g.parameter(f"w{i}", tex=f"w_{{j{i}}}") for i in (1, 2)]
    z = (w[0] * a[0] + w[1] * a[1]).named("z", tex="z_j^{(l)}")
    y = g.loss(sigmoid(z).named("a", tex="a_j^{(l)}"))
    labels, hide = {(z, y): r"\sigma'(z_j^{(l)})"}, {"values", "adjoints", "unnamed"}
    return draw(g.symbolic(), show="symbols", labels=labels, hide=hide)


LECTURE = (
    logistic_regression, network_2_2_1, lstm_cell, attention_head, residual_block, batch_norm,
    softmax_cross_entropy, unrolled_rnn, convolution, x_times_x, sixty_vertices,
    layer_with_indices,
)  # fmt: skip

if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "lecture")
    folder.mkdir(parents=True, exist_ok=True)
    for number, function in enumerate(LECTURE, 1):
        for form in ("svg", "pdf", "png"):
            function().save(folder / f"{number:02}-{function.__name__}.{form}")
