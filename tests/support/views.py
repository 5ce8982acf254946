"""One view of each kind, for tests and for screenshots."""

from functools import partial

import coursekit as ck
from coursekit.examples import example, kite, ladder, skip
from coursekit.widgets.view import View


def push(lin, order, overwrite=False):
    adjoints = dict.fromkeys(lin.vertices, 0)
    adjoints[lin.loss] = 1
    for u in order:
        for v in lin.into(u):
            old = 0 if overwrite else adjoints[v]
            adjoints[v] = old + adjoints[u] * lin.partials[v, u]
    return adjoints


def every_kind() -> dict[str, View]:
    orders = {
        "right": lambda lin: push(lin, ["l", "m", "h", "x"]),
        "wrong": lambda lin: push(lin, ["l", "h", "m", "x"]),
    }
    both = {"sum over paths": partial(ck.path_sum, w="x"), "backpropagation": ck.backprop}
    meters = {"edges": lambda g: len(g.edges), "one": lambda g: 1}
    nudged = example()
    return {
        "explore": ck.explore(example(), a=2.0, b=1.0),
        "beside": ck.animate(both, kite(), beside=True),
        "orders": ck.animate(orders, skip()),
        "order_game": ck.order_game(kite()),
        "album": ck.album(ladder, 1, 5, label="k", meters=meters),
        "quiz": ck.quiz("How many?", {"one": "No.", "two": "Yes."}, answer="two"),
        "predict": ck.predict(
            "∂ℓ/∂b?",
            answer=5,
            why="Both routes add up.",
            wrong={2: "One route of two."},
            otherwise="Add over out(b).",
        ),
        "walk_paths": ck.walk_paths(kite()),
        "show_out": ck.show_out(example(), a=2.0, b=1.0),
        "nudge": ck.nudge(nudged, nudged.inputs["b"], a=2.0, b=1.0),
        "gate": ck.gate("tanh", z=-1.0),
        "descent": ck.descent(),
        "layer": ck.layer(),
        "deepen": ck.deepen(width=3, depth=4),
    }
