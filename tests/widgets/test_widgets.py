"""The scene that a view sends to the browser, and the still for pages without widgets."""

from functools import partial

import pytest
from ipywidgets import FloatSlider

from coursekit import (
    Graph,
    GraphError,
    album,
    animate,
    backprop,
    count_paths,
    explore,
    gate,
    order_game,
    path_sum,
    predict,
    quiz,
    topological_order,
)
from coursekit.examples import chain, example, kite, ladder, layered, skip
from tests.support.views import push


def test_sliders_have_the_abbreviations_of_interact():
    own = FloatSlider(value=0.5, min=0, max=1)
    sliders = explore(example(), a=2.0, b=(-3.0, 5.0)).sliders
    assert [(s.value, s.min, s.max) for s in sliders] == [(2.0, -2.0, 6.0), (1.0, -3.0, 5.0)]
    sliders = explore(example(), a=own, b=(0.0, 1.0, 0.25)).sliders
    assert sliders[0] is own
    assert (sliders[1].value, sliders[1].step) == (0.5, 0.25)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: explore(example(), a=1.0), "missing value for input 'b'"),
        (lambda: explore(example(), a=1.0, b=2.0, c=3.0), "there is no input 'c'"),
        (lambda: explore(example(), a=1.0, b="x"), "b = 'x': give a number, (low, high)"),
        (lambda: explore(example(), a=1.0, b=(2.0, 1.0)), "b = (2.0, 1.0): give a number"),
        (lambda: explore(kite(), x=1.0), "a linearization is a graph at one point"),
        (lambda: quiz("?", {"a": "b"}, answer="c"), "the answer 'c' is not among the options: a"),
    ],
)
def test_bad_arguments_raise_a_one_sentence_error(wrong, sentence):
    with pytest.raises(GraphError) as error:
        wrong()
    assert str(error.value).startswith(sentence)


@pytest.mark.parametrize(
    "view",
    [
        explore(example(), a=2.0, b=1.0),
        animate(backprop, kite()),
        order_game(kite()),
        album(ladder, 1, 3, label="k", meters={"edges": lambda lin: len(lin.edges)}),
    ],
    ids=["explore", "animate", "order_game", "album"],
)
def test_each_view_has_a_still_with_alt_text(view):
    assert view.still.startswith('<img alt="Computational graph of ℓ')
    assert repr(view) == view.text
    assert "0x" not in view.text


def steps(f, lin):
    return animate(f, lin).widget.scene["cards"][0][0]["steps"]


def test_animate_shows_the_numbers_stored_at_each_read():
    below = [step["below"] for step in steps(backprop, kite())]
    assert below[0] == [None, None, None, 1, 1]  # q and ℓ are known; the others are unknown, not 0
    assert below[-1] == [30, 5, 1, 1, 1]
    assert [step["highlight"] for step in steps(backprop, kite())] == [[4], [3], [1], [2], [0]]


def test_each_step_marks_the_line_that_reads():
    run = animate(backprop, kite()).widget.scene["cards"][0][0]
    assert {run["source"][step["line"]].strip() for step in run["steps"]} == {
        "adjoints[v] += adjoints[u] * lin.partials[v, u]"
    }
    assert run["source"][0].startswith("def backprop(")
    assert not any('"""' in line for line in run["source"])


def test_animate_plays_the_sum_over_paths_with_its_running_product():
    sentences = [step["text"] for step in steps(partial(path_sum, w="x"), kite())]
    assert len(sentences) == 6
    assert sentences[2] == "∂h/∂x = 6 is read, while total = 0 and product = 2."
    assert sentences[3] == "∂ℓ/∂q = 1 is read, while total = 12 and product = 1."
    assert sentences[-1].endswith("It returns 30.")


def test_a_vertex_that_passes_on_an_unfinished_adjoint_is_marked():
    reads = steps(lambda lin: push(lin, ["l", "h", "m", "x"]), skip())
    place = list(skip().vertices).index
    assert [s["wrong"] for s in reads if s["wrong"] is not None] == [place("h")]
    assert "But h is not finished: it passes on 1." in reads[2]["text"]
    right = steps(lambda lin: push(lin, ["l", "m", "h", "x"]), skip())
    assert all(s["wrong"] is None for s in right)


def test_an_overwritten_adjoint_is_shown_as_it_was_stored():
    reads = steps(lambda lin: push(lin, ["l", "q", "p", "h", "x"], overwrite=True), kite())
    h = list(kite().vertices).index("h")
    assert [s["below"][h] for s in reads] == [None, None, 3, 2, 2]


def test_animate_takes_vertices_and_out_and_follows_the_counts():
    reads = steps(topological_order, skip())
    assert len(reads) == 8  # each vertex is read once to count, and once to count down
    assert reads[-1]["text"].endswith("It returns x, h, m, ℓ.")
    assert reads[3]["below"][1:] == [1, 1, 2]


def test_an_algorithm_that_fails_is_shown_up_to_its_failure():
    def fails(lin):
        lin.partials["x", "h"]
        raise KeyError("lost")

    assert animate(fails, kite()).text == "fails: 1 partial read; raises KeyError: 'lost'"


def test_an_algorithm_that_reads_forever_is_stopped():
    def endless(lin):
        while True:
            lin.partials["x", "h"]

    assert "reads more than 600 times" in animate(endless, kite()).text


def test_an_album_counts_exactly():
    view = album(ladder, 1, 20, label="k", meters={"paths": lambda g: count_paths(g, "x0")})
    assert view.text == "k from 1 to 20: paths from 2 to 1,048,576"
    assert view.widget.scene["pages"][19]["texts"] == ["1,048,576"]


def test_a_quiz_explains_every_option_in_its_still():
    still = quiz("1 < 2?", {"yes": "So it <is>.", "no": "Look again."}, answer="yes").still
    assert "<details>" in still
    assert "So it &lt;is&gt;." in still
    assert "1 &lt; 2?" in still


def test_the_scene_of_a_graph_with_many_paths_is_small():
    scene = explore(layered([4] * 10)).widget.scene
    assert len(str(scene)) < 150_000
    assert len(chain(3).vertices) == 4


def test_a_loss_that_is_an_input_still_has_a_slider():
    g = Graph()
    g.loss(g.input("x"))
    view = explore(g, x=2.0)
    assert view.widget.scene["inputs"] == [0]
    assert len(view.sliders) == 1


def test_the_still_shows_the_locked_answer():
    view = quiz("1 < 2?", {"yes": "So it is.", "no": "Look again."}, answer="yes")
    assert "You predicted no." in view._answered_still("no")
    asked = predict("How many?", answer=4, why="Two and two.", wrong={}, otherwise="Count.")
    assert "You predicted &lt;5&gt;." in asked._answered_still("<5>")
    assert "<b>4</b>: right. Two and two." in asked.still


def test_the_answer_must_not_be_among_the_wrong_numbers():
    with pytest.raises(GraphError, match="5 is the answer, so it must not be in"):
        predict("?", answer=5, why="", wrong={5.0: ""}, otherwise="")


def test_the_still_of_a_gate_describes_it():
    view = gate("leaky_relu", z=-2.0, upstream=-1.0)
    assert repr(view).startswith("leaky_relu at z = −2: a = −0.02, σ'(z) = 0.01. From")
    assert view.still.startswith('<img alt="leaky_relu at z')
    with pytest.raises(GraphError, match=r"there is no gate 'tan' \(did you mean 'tanh'"):
        gate("tan")
