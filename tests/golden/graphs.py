"""Messages from building, evaluating, differentiating and drawing graphs."""

from collections.abc import Iterator

from tests.golden.provoke import Section, cell, shown

BUILDING = [
    "from coursekit import backporp",
    "coursekit.draww",
    "Graph().input(3)",
    'g.input("a")',
    'g.input("x", tex=3)',
    '(a * 2).named("a")',
    '(a * 2).named("c").named("d")',
    'a + "two"',
    "a + Graph().input('z')",
    "Graph().loss(2.0)",
    "g.loss(a * b)",
    "l + 1",
    """
    g = Graph()
    c = g.input("x") * 2
    d = c + 1
    g.loss(c)
    """,
    "if a > 0: pass",
    "if a: pass",
    "a == 1",
    "float(a)",
    "import math\nmath.exp(a)",
    "range(a)",
    "len(a)",
    "for x in a: pass",
    "np.arctan(a)",
    "np.where(a, b, a)",
    "np.add.reduce(a)",
    "exp(a, b)",
    "coursekit.sum(a, axes=0)",
    'a["first"]',
    "a[0.5]",
    'exp("one")',
    "exp([1.0, 'two'])",
    "log(0.0)",
    "exp(1000.0)",
    "sqrt(-1.0)",
    "concatenate([])",
    "stack(a)",
    "stack([a, b], axis=None)",
    "concatenate([[[1.0, 2.0]], [[3.0]]])",
    "coursekit.max([])",
    "trace(iter)",
    "trace(lambda *x: x[0])",
    "trace(lambda x: 5)",
    "trace(lambda x, y: [x * y, x + y])",
    "np.hstack([a, b])",
    "np.sum(a, where=True)",
    "np.concatenate([a, b], dtype=float)",
    "a.grad = 0.0",
    "a[0] = 1.0",
    'f"{a:.2f}"',
    "np.add(a, b, out=np.zeros(2))",
    """
    def f(x):
        return x if x > 0 else -x
    trace(f)
    """,
]
EVALUATING = [
    "Graph().linearize()",
    "g.linearize(a=2.0)",
    "g.linearize(2.0, 1.0, 3.0)",
    "g.linearize(2.0, a=1.0)",
    "g.linearize(a=2.0, bb=1.0)",
    "g.linearize(a=2.0, b='one')",
    "g.linearize(a=2.0, b=None)",
    "g.linearize(a=2.0, b=['one'])",
    "g.linearize(a=2.0, b=1j)",
    "g.linearize(a=2.0, b=10**400)",
    "g.linearize(a=2.0, b=np.timedelta64(1, 'D'))",
    "g.linearize(a=2.0, b=[[1.0], [1.0, 2.0]])",
    "g.linearize(a=2.0, b=np.ma.array([1.0, 2.0], mask=[True, False]))",
    "trace(lambda x: log(x)).linearize(x=-1.0)",
    "trace(lambda x, y: x / y).linearize(x=1.0, y=0.0)",
    "trace(lambda x: exp(x)).linearize(x=1000.0)",
    "trace(lambda x: exp(x)).evaluate(x=1000.0)",
    "backprop(trace(lambda x: sqrt(x)).linearize(x=0.0))",
    "g.linearize(a=np.ones((2, 3)), b=np.ones(4))",
    "trace(lambda X: coursekit.sum(X @ np.ones((4, 2)))).linearize(X=np.ones((2, 3)))",
    "trace(lambda X: coursekit.sum(X[5])).linearize(X=np.ones(3))",
    "coursekit.cross_entropy(np.ones((2, 3)), [0, 3])",
    "trace(lambda x, y: coursekit.mse(x, y)).linearize(x=np.ones(3), y=np.ones(4))",
    "trace(lambda x: coursekit.cross_entropy(x, np.zeros(5))).linearize(x=np.ones((2, 3)))",
    "coursekit.cross_entropy(2.0, 0)",
    "coursekit.hessian(lambda x, y: coursekit.cross_entropy(x, y))(np.ones((2, 3)), [0, 2])",
    "trace(lambda X: coursekit.sum(coursekit.reshape(X, (5,)))).linearize(X=np.ones(3))",
    "trace(lambda x: coursekit.sum(x, axis=3)).linearize(x=np.ones(3))",
    "mse(np.ones(3), np.ones(4))",
    """
    h = Graph()
    h.loss(coursekit.sum(h.parameter("w") * h.input("x")))
    h.compile().flat(w=[1.0, 2.0]).theta = 0.0
    """,
    """
    h = Graph()
    h.loss(coursekit.sum(h.parameter("w") * h.input("x")))
    h.compile().flat(w=[1.0, 2.0]).parameters["W"] = [0.0, 0.0]
    """,
    "g.compile()(a=2.0)",
    "g.compile()(a=2.0, b=1.0, c=3.0)",
    "g.compile()(a=2.0, b='one')",
]
DIFFERENTIATING = [
    'backprop(lin)["a"]',
    'path_sum(lin, "a")',
    'g.out("a")',
    "g.out(Graph().input('a'))",
    "backprop(g)",
    "backprop(l)",
    "count_paths(l, a)",
    "coursekit.unroll(lin, a=2.0, b=1.0)",
    "hessian_vector(lin, {'a': 2.0, 'b': 1.0}, {'a': 1.0})",
    "hessian_vector(g, {'a': 2.0, 'b': [1.0, 2.0]}, {'a': 1.0})",
    "hessian_vector(g, [2.0, 1.0], [1.0, 0.0])",
    "backprop(lin)[Graph().input('a')]",
    "lin.partials[a, l]",
    "lin.partials[l]",
    "paths(lin, 'aa').__next__()",
    "count_paths(g, a)",
    "backprop(lin, seed='one')",
    "path_sum(h := trace(lambda x: sqrt(x)).linearize(x=0.0), h.vertices[0])",
    """
    lin = trace(lambda x: coursekit.sum(x)).linearize(x=np.ones(2))
    np.ones(3) * lin.partials[lin.vertices[0], lin.loss]
    """,
    "checkpointed([exp.rule], 0.5, every=0)",
    'hessian_vector(g, {"a": 2.0, "b": 1.0}, {"c": 1.0})',
    "gradient_graph(trace(lambda x: x / 0.0))",
    "path_sum(linearization({('a', 'b'): 1.0, ('b', 'a'): 1.0, ('a', 'l'): 1.0}, loss='l'), 'a')",
    "linearization({'w': 3.0}, loss='w')",
    "linearization({('w', 'l'): '3'}, loss='l')",
    "linearization({('w', 'z'): 3.0}, loss='l')",
    "linearization({('w', 'z'): 3.0}, loss='w')",
    "linearization({('w', 'l'): 3.0}, loss='l').out('v')",
    "linearization({('w', 'l'): 3.0}, loss='l').partials['l', 'w']",
    "count_paths(linearization({('w', 'l'): 3.0}, loss='l'), 'v')",
    "topological_order('ab', {'a': 'b', 'b': 'c'}.__getitem__)",
    "topological_order('abc', {'a': 'b', 'b': 'c', 'c': 'a'}.__getitem__)",
    "eliminate(lin, [l])",
    "Graph().symbolic()",
    "trace(lambda x: coursekit.sum(x)).symbolic()",
    "float(backprop(g.symbolic())[b])",
    "backprop(g.symbolic())[b] > 0",
    "backprop(g.symbolic())[b].substitute(v33=1.0)",
    "backprop(g.symbolic())[b].substitute(v3=[1.0, 2.0])",
    """
    def ladder(x):
        for _ in range(20):
            x = exp(x) * log(x)
        return x
    rungs = trace(ladder).symbolic()
    path_sum(rungs, rungs.vertices[0])
    """,
    """
    h = Graph()
    h.loss(coursekit.sum(h.input("X") @ np.ones((3, 2))))
    gradient_graph(h)
    """,
    """
    from functools import partial
    from coursekit.networks import gradient_descent, network, parameters_of, train
    rng = np.random.default_rng(0)
    data = {"X": np.ones((8, 2)), "Y": np.zeros(9)}
    step = partial(gradient_descent, eta=0.3)
    train(network(2), parameters_of([2, 8, 2], rng), data, step=step, rng=rng)
    """,
    "list(coursekit.networks.minibatches(5, 0, np.random.default_rng(0)))",
]
FUNCTIONS = [
    "gradient(2.0)(1.0)",
    "gradient(lambda a, b: a * b)(1.0)",
    "gradient(lambda a, b: a * b)(a=2.0, b=1.0)",
    "gradient(lambda x: x @ x)((1.0, 2.0))",
    "gradient(lambda x: x * x)(np.ones(2))",
    "gradient(lambda x: [x, np.ones((2, 3)), np.ones((2, 2))])(1.0)",
    "gradient(lambda x: coursekit.sum(gradient(lambda x: x @ x)(x)))(np.ones(2))",
    "hessian(hessian(lambda x: x**4))(1.0)",
    "gradient(lambda x: x * gradient(lambda y: x + y)(1.0))(1.0)",
    "jvp(lambda x, y: x * y, (1.0, 2.0), 1.0)",
    "jvp(lambda x: [x, x * x], np.ones(2), np.ones(2))",
    "vjp(lambda x: x, np.ones(2))[1](1.0)",
    "check_gradients(lambda a, b: a * b, (2.0, 3.0), gradient=lambda a, b: (b, b))",
    "check_gradients(lambda a, b: a * b, (2.0, 3.0), gradient=lambda a, b: b)",
    "check_gradients(lambda x: x @ x, np.ones(2), gradient=lambda x: 2.0)",
    "check_gradients(lambda x: x * x, np.ones(2), gradient=lambda x: 2 * x)",
    "check_gradients(relu, 0.0)",
    "check_gradients(lambda x: coursekit.sum(log(x)), -np.ones(2))",
    "check_gradients(lambda x: coursekit.sum(sqrt(x)), np.array([1.0, 0.0]))",
    """
    from random import random
    check_gradients(lambda x: random() * x, 1.0, gradient=lambda x: 0.5)
    """,
    "central_difference(lambda x: x[0], ['one'], 0)",
    "central_difference(lambda x: x[0], [1.0], 0, h=1e-20)",
]
DEFINITIONS = [
    'define("exp", "exp", "exp(x) * 1", "v")',
    'define("my op", "op", "x * x", "2 * x")',
    'define("prod", "Π", "x * y", "y", "x")',
    'define("cube", "", "x * x * x", "3 * x * x")',
    'define("cube", "³", "x * x *", "3 * x * x")',
    'define("cube", "³", "x**3", "3 * x * x")',
    'define("cube", "³", lambda x: x**3, "3 * x * x")',
    'define("swish", "swish", "x * sigmod(x)", "1")',
    'define("cube", "³", "y * y * y", "3 * y * y")',
    'define("cube", "³", "x * x * x")',
    'define("cube", "³", "x * x * x", "2 * x * x")',
    'define("cube", "³", "x * x * x", "3 * x * x", default=1.0)',
    """
    import pickle
    from coursekit import exp
    saved = pickle.dumps(exp).replace(b"exp", b"cub")
    pickle.loads(saved)
    """,
    'define("far", "far", "log(x - 100)", "1 / (x - 100)")',
]
PICTURES = [
    "draw([1.0, 2.0])",
    "draw(lin, wrong='c')",
    "draw(lin, path=[a, l])",
    "draw(lin, out='bb')",
    "draw(lin).save('picture.bmp')",
    "draw(lin, show='formulas')",
    "draw(g.symbolic(), show='both')",
    "draw(g, show='both')",
    "draw(linearization({('w', 'l'): 3.0}, loss='l'), show='symbols')",
    "draw(g.linearize(a=[1.0, 2.0], b=1.0), show='both')",
    "draw(lin, hide={'adjoint'})",
    "draw(lin, hide='adjoints')",
    "draw(lin, boxes={'layer': []})",
    "draw(lin, boxes={'layer': 3})",
    "draw(lin, boxes={'one': [a, b], 'two': [b, l]})",
    "draw(lin, fold={'LSTM'})",
    "draw(lin, boxes={'ends': [a, l]}, fold=True)",
    "draw(lin, colour={'w': 'weight'})",
    "draw(lin, labels={(a, l): 'skip'})",
    "draw(lin, at={a: (0, 0), b: (0, 0)})",
    "draw(lin, at={a: 'left'})",
    "draw(lin, at={a: (0, 1e9)})",
    "draw(lin, names_up_to=-1)",
    "draw(g, weights=True)",
    "draw_network([2])",
    "draw_network([2, 1], weights=[[[1.0, 2.0, 3.0]]])",
    "draw(lin).save('picture.png', theme='drak')",
    "draw(lin).save('picture.png', width='wide')",
    "draw(lin).save('picture.png', scale=1e6)",
    "draw(lin).save('picture.png', ground='red')",
    "figure('05-bill').save('picture.tex')",
    "steps(backprop, g.linearize(a=[1.0, 2.0], b=1.0))",
    "steps(backprop, lin).save('film.mov')",
    "steps(backprop, lin).save('film.gif', seconds=0)",
    "with g.block(' '):\n    pass",
    "draw(lin, at={a: (0, 0), b: (1, 0), l: (2, 0)}, boxes={'ends': [a, l]})",
    "draw(lin, at={Graph().input('a'): (0, 0)})",
    "draw(lin, upward=1)",
    "draw(lin, boxes=3)",
    "draw(lin, labels={a: ' '})",
    "draw(g, shapes=True)",
    "draw(coursekit.examples.layered([9] * 2), colour={f'v1,{k}': str(k) for k in range(1, 8)})",
    "draw(coursekit.examples.layered([90] * 6), colour={'v1,1': 'first'})",
    "draw(lin).save('picture.png', scale=0)",
    "draw_network(3)",
    "draw_network([2, 0])",
    "draw_network([2, 1], weights=3)",
    "draw_network([2, 1], weights=[[[1.0, 2.0]], [[1.0]]])",
    "draw_network([2, 1], weights=['heavy'])",
    "animate(backprop, g.symbolic())",
    "animate(backprop, lin, fold=True)",
    "explore(lin, fold=True)",
    "figure('05-linear', sizes=[]).save('picture.svg')",
    "animate(backprop, lin, hidden={'partials'})",
    "explore(g.symbolic())",
    "explore(lin, a=1.0)",
    "explore(g, a=1.0)",
    "explore(g, a=1.0, b=(3.0, -3.0))",
    "explore(g, a=1.0, b='wide')",
    "explore(g, a=[1.0, 2.0], b=1.0)",
    "explore(trace(lambda X: coursekit.sum(X @ [1.0, 2.0])), X=1.0)",
    "explore(trace(lambda x: coursekit.sum(x * [1.0, 2.0])), x=1.0)",
    "explore(g, a=1.0, b=1.0).save('view.pdf')",
    "nudge(g, Graph().input('a'), a=1.0, b=1.0)",
    "gate('sigmoidd')",
    "layer(a=[1.0], W=[[1.0, 2.0]], dz=[1.0])",
    "layer(a=[9.0], W=[[1.0]], dz=[1.0])",
    "deepen(width=9)",
    "quiz('How many?', {'1': 'One.', '2': 'Two.'}, answer='3')",
    "predict('How many?', answer=1, why='One.', wrong={1: 'No.'}, otherwise='Count.')",
    "figure('05-bil')",
    "figure('05-sweep', unknown=3)",
    "figure('05-sweep', lin=3)",
]

ALGORITHMS = [  # the message is the text of the animation
    """
    def forever(watched):
        while True:
            watched.partials[a, g.out(a)[0]]
    animate(forever, lin)
    """,
    """
    def wrong(lin):
        return lin.partials[b, a]
    animate(wrong, lin)
    """,
    """
    def nothing(lin):
        pass
    animate(nothing, lin)
    """,
    """
    def half(lin):
        return {v: 1.0 for v in lin.vertices}
    animate(half, lin)
    """,
]


def sections() -> Iterator[Section]:
    """Yield the sections about graphs and pictures."""
    yield Section("Building a graph", [cell(code) for code in BUILDING])
    yield Section("Evaluating it", [cell(code) for code in EVALUATING])
    yield Section("Differentiating it", [cell(code) for code in DIFFERENTIATING])
    yield Section("Functions", [cell(code) for code in FUNCTIONS])
    yield Section("Operations of one's own", [cell(code) for code in DEFINITIONS])
    yield Section("Pictures and views", [cell(code) for code in PICTURES])
    yield Section("Animated algorithms", [shown(code) for code in ALGORITHMS])
