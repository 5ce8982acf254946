"""However the marks of a master are misspelt, a secret is either hidden or the release refused."""

import copy
import json
import re

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coursekit.course.master import Master, sample_master
from coursekit.course.release import student_notebook
from coursekit.course.structure import structure
from tests.support.lessons import MASTERS

CODE = {
    "setup": 'from coursekit.course.checks import Lesson, case\n\ncheck = Lesson("one")',
    "answer": """# exercise: twice
def twice(x):
    "PUBLIC docstring"
    ### BEGIN SOLUTION
    y = x  # SECRET
    return y + x  # SECRET
    ### END SOLUTION


class Pair:  # PUBLIC
    def both(self):
        ### BEGIN SOLUTION
        return 2  # SECRET
        ### END SOLUTION""",
    "check": "# check: twice, 1 point\ndef few(rng):  # PUBLIC\n    yield case(1)\n\n\n"
    "check('twice', few)",
    "hidden": "# hidden: twice, 2 points\ndef unseen(rng):  # SECRET\n    yield case(7)\n\n\n"
    "check('twice', unseen)",
    "more": "# hidden: twice, 2 points\ndef more(rng):  # SECRET\n    yield case(9)\n\n\n"
    "check('twice', more)",
    "wrong": "# distractor: twice, squared\n# hint: Not the square.\ndef twice(x):  # SECRET\n"
    "    return x * x",
}
TEXT = {
    "title": "# Twice\n\nPUBLIC introduction",
    "why": "Why? A PUBLIC question.",
    "written": "<!-- written: why, 2 points\nrubric: the SECRET rubric -->\nThe SECRET answer.",
}
MARK = re.compile(
    r"###|# (exercise|check|hidden|distractor|hint)|<!--|rubric:", re.IGNORECASE
)  # lines of a master that are marks
PUBLIC = 5


def master_node():
    code = {name: nbformat.v4.new_code_cell(source, id=name) for name, source in CODE.items()}
    text = {name: nbformat.v4.new_markdown_cell(source, id=name) for name, source in TEXT.items()}
    cells = [text["title"], *code.values(), text["why"], text["written"]]
    return nbformat.v4.new_notebook(cells=cells)


NODE = master_node()
MARKS = [
    (k, number)
    for k, cell in enumerate(NODE.cells)
    for number, line in enumerate(cell.source.split("\n"))
    if MARK.search(line)
]


def leaks(node):
    """Return whether a master is released with a secret in it, or without a public line."""
    master = Master.parse(nbformat.writes(node))
    if list(structure(master)):
        return False
    text = student_notebook(master)
    return "SECRET" in text or text.count("PUBLIC") != PUBLIC


def test_the_master_without_oddities_is_released():
    assert [str(finding) for finding in structure(Master.of(NODE))] == []
    assert not leaks(NODE)


@pytest.mark.parametrize("lesson", MASTERS)
def test_the_masters_of_the_course_have_no_oddities(lesson):
    assert list(structure(MASTERS[lesson])) == []
    assert list(structure(Master.parse(sample_master("one")))) == []


TYPOS = [*" #:,x-<>!", "\t", "\xa0", "\u200b", "\r", "\u2028", "\x0c", "В", "е", "："]
WAYS = {  # ways to spell a mark → the line after the change, from the line, a place and a typo
    "drop": lambda line, at, _: line[:at] + line[at + 1 :],
    "insert": lambda line, at, typo: line[:at] + typo + line[at:],
    "replace": lambda line, at, typo: line[:at] + typo + line[at + 1 :],
    "swap": lambda line, at, _: line[:at] + line[at : at + 2][::-1] + line[at + 2 :],
    "upper": lambda line, *_: line.upper(),
    "title": lambda line, *_: line.title(),
    "lower": lambda line, *_: line.lower(),
    "append": lambda line, _, typo: line + typo,
    "double": lambda line, *_: f"{line}\n{line}",
    "import above": lambda line, *_: f"import math\n{line}",
    "comment above": lambda line, *_: f"# a note\n{line}",
    "magic above": lambda line, *_: f"%%time\n{line}",
    "text above": lambda line, *_: f"**Answer**\n\n{line}",
    "indent": lambda line, *_: f"    {line}",
    "dedent": lambda line, *_: line.lstrip(),
    "delete": lambda *_: "",
    "no comma": lambda line, *_: line.replace(",", ""),
    "no space": lambda line, *_: line.replace(" ", ""),
    "more spaces": lambda line, *_: line.replace(" ", "  "),
    "plural": lambda line, *_: line.replace(":", "s:"),
    "space before the colon": lambda line, *_: line.replace(":", " :"),
    "equals": lambda line, *_: line.replace(":", " ="),
    "no colon": lambda line, *_: line.replace(":", ""),
    "one # less": lambda line, *_: line.replace("#", "", 1),
    "one # more": lambda line, *_: line.replace("#", "##", 1),
    "dashes": lambda line, *_: line.replace("--", "—"),
    "no end": lambda line, *_: line.replace("-->", ""),
    "otter's": lambda line, *_: line.replace("###", "#"),
}  # fmt: skip


def changed(changes):
    """Return the master after changes of its marks: a mark, a way, a place and a typo each."""
    node = copy.deepcopy(NODE)
    for (k, number), way, at, typo in changes:
        lines = node.cells[k].source.split("\n")
        if number < len(lines):
            lines[number] = WAYS[way](lines[number], at % (len(lines[number]) + 1), typo)
        node.cells[k].source = "\n".join(lines)
    return node


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("mark", MARKS)
def test_no_way_to_spell_one_mark_reveals_a_secret(mark, way):
    width = len(NODE.cells[mark[0]].source.split("\n")[mark[1]]) + 1
    for at in range(width if way in ("drop", "swap") else 1):
        assert not leaks(changed([(mark, way, at, " ")]))


MISSPELLINGS = [way for way in WAYS if way != "delete"]  # nothing is left of two deleted marks
CHANGE = st.tuples(
    st.sampled_from(MARKS),
    st.sampled_from(MISSPELLINGS),
    st.integers(0, 60),
    st.sampled_from(TYPOS),
)


@given(st.lists(CHANGE, min_size=1, max_size=3))
@settings(max_examples=300)
def test_no_combination_of_misspellings_reveals_a_secret(changes):
    assert not leaks(changed(changes))


def with_cell(name, **fields):
    node = copy.deepcopy(NODE)
    [cell] = [cell for cell in node.cells if cell.id == name]
    cell |= fields
    if cell.cell_type != "code":
        cell.pop("outputs", None)
        cell.pop("execution_count", None)
    return node


SECRET_CELLS = ("answer", "hidden", "more", "wrong", "written")
ODD_CELLS = {  # a change of a whole cell → the cell's fields
    "it became text": lambda _: {"cell_type": "markdown"},
    "it became raw": lambda _: {"cell_type": "raw"},
    "it became code": lambda cell: {"cell_type": "code", "outputs": [], "execution_count": None},
    "Windows line ends": lambda cell: {"source": cell.source.replace("\n", "\r\n")},
    "old Macintosh line ends": lambda cell: {"source": cell.source.replace("\n", "\r")},
    "empty metadata": lambda _: {"metadata": {"coursekit": {}}},
    "metadata that is text": lambda _: {"metadata": {"coursekit": "hidden"}},
    "metadata with a misspelt key": lambda _: {"metadata": {"coursekit": {"rol": "hidden"}}},
    "metadata that says it is public": lambda _: {
        "metadata": {"coursekit": {"role": "check", "exercise": "twice", "points": 1}}
    },
    "the header is lost": lambda cell: {"source": re.sub(r"^.*\n", "", cell.source)},
}


@pytest.mark.parametrize("change", ODD_CELLS)
@pytest.mark.parametrize("name", SECRET_CELLS)
def test_no_change_of_a_cell_reveals_a_secret(name, change):
    [cell] = [cell for cell in NODE.cells if cell.id == name]
    assert not leaks(with_cell(name, **ODD_CELLS[change](cell)))


def text(source, **fields):
    return "markdown", source, fields


def code(source, **fields):
    return "code", source, fields


CONCEALED = {  # what an author may think that students do not get: a cell of its own
    "a raw cell": ("raw", "SECRET", {}),
    "a raw check": ("raw", CODE["hidden"], {}),
    "another tool's raw cell": ("raw", "# BEGIN TESTS\nSECRET", {}),
    "a label": text("**Solution:** SECRET"),
    "a model answer": text("Model answer: SECRET"),
    "a summary": text("<details><summary>Solution</summary>SECRET</details>"),
    "a summary in lines": text("<details>\n<summary>Our answer\n</summary>\nSECRET\n</details>"),
    "for teachers": text("For teachers only: SECRET"),
    "style": text("<div style='display: none'>SECRET</div>"),
    "an attribute": text("<p class=x hidden>SECRET</p>"),
    "a template": text("<template>SECRET</template>"),
    "a link that is a comment": text("text\n\n[//]: # (SECRET)"),
    "another one": text("text\n\n[comment]: <> (SECRET)"),
    "an odd comment": text("text <!- SECRET ->"),
    "an instruction": text("text <?SECRET?>"),
    "a solution in text": text("```python\ndef twice(x):\n    # SECRET\n    return x + x\n```"),
    "a comment's label": code("# solution:\nz = 2 * 3  # SECRET"),
    "a comment's label alone": code("### SOLUTION\nz = 2 * 3  # SECRET"),
    "a comment for instructors": code("# Instructors only\nz = 2 * 3  # SECRET"),
    "an annotated value": code("twice: object = lambda x: 2 * x  # SECRET"),
    "a tuple": code("more, twice = 3, (lambda x: 2 * x)  # SECRET"),
    "a global": code("globals()['twice'] = lambda x: 2 * x  # SECRET"),
    "a tag in capitals": code("z = 3  # SECRET", metadata={"tags": ["SOLUTION"]}),
    "a tag that removes": code("z = 3  # SECRET", metadata={"tags": ["remove-cell"]}),
    "a tag for teachers": code("z = 3  # SECRET", metadata={"tags": ["for-teachers"]}),
    "an extension's key": code("z = 3  # SECRET", metadata={"solution2": "hidden"}),
    "our key, misspelt": code("z = 3  # SECRET", metadata={"CourseKit": {"role": "hidden"}}),
    "notes of a slide": text("SECRET", metadata={"slideshow": {"slide_type": "notes"}}),
}


@pytest.mark.parametrize("way", CONCEALED)
def test_what_an_author_conceals_in_another_way_is_not_released(way):
    kind, source, fields = CONCEALED[way]
    node = copy.deepcopy(NODE)
    node.cells.insert(3, getattr(nbformat.v4, f"new_{kind}_cell")(source, **fields))
    assert not leaks(node)
    assert list(structure(Master.of(node)))


@pytest.mark.parametrize("name", ["answer", "check"])
@pytest.mark.parametrize("other", ["hidden", "wrong"])
def test_a_cell_that_was_merged_with_a_secret_one_is_not_released(name, other):
    node = with_cell(name, source=f"{CODE[name]}\n\n{CODE[other]}")
    assert not leaks(node)
    assert "header of another" in str(list(structure(Master.of(node))))


def test_only_known_values_of_a_field_are_released():
    fields = {"role": "check", "exercise": "twice", "points": 1}
    for more in ({"by": "SECRET"}, {"bonus": "SECRET"}):
        assert not leaks(with_cell("check", metadata={"coursekit": fields | more}))


ORDINARY = {  # what resembles a mark or a header from afar, and is neither → the type of its cell
    "# Exercise: merging two lists": "markdown",
    "## Check: does it work?": "markdown",
    "## Your solution": "markdown",
    "## Solution": "markdown",
    "The solution: x = 2, for teachers of physics": "markdown",
    "<b>a</b> <i hiddens=1>b</i>, 1 <x and hidden units": "markdown",
    "```python\ndef twice(x):\n    ...\n```\nIt must return a number.": "markdown",
    "[link]: https://example.com": "markdown",
    "# Answer with two numbers": "code",
    "def helper(xs):\n    twice = xs + xs\n    return twice": "code",
    "results = {}\nresults['twice'] = 3": "code",
    "print(twice, x=3)": "code",
    "Write `twice(x)`: the double of x.": "markdown",
    "This is the end. Solution: see the next chapter.": "markdown",
    "Written in 1984, **hidden** for years": "markdown",
    "Hidden units: 5\n\n## Rubric": "markdown",
    "![a figure](figure.png) costs 1 -> 2": "markdown",
    "# hidden layer with 3 units\nunits = 3": "code",
    "x = 1  # check the shape": "code",
    "# the solution of the equation\nx = 2": "code",
    "# exercise for the reader: find more": "code",
    "shape = check_shape = len\nrecheck = twice_more = abs": "code",
    "%matplotlib inline": "code",
    "print(twice(2))  # should be 4": "code",
    "####### a line #######": "code",
}


@pytest.mark.parametrize("source", ORDINARY)
def test_ordinary_text_and_comments_are_released(source):
    node = copy.deepcopy(NODE)
    new = getattr(nbformat.v4, f"new_{ORDINARY[source]}_cell")
    node.cells.insert(2, new(source))
    master = Master.of(node)
    assert [str(finding) for finding in structure(master)] == []
    assert source in [cell.source for cell in Master.parse(student_notebook(master)).cells]


@pytest.mark.parametrize("metadata", [{"tags": ["solution"]}, {"nbgrader": {"solution": True}}])
def test_a_cell_that_other_tools_would_hide_is_refused(metadata):
    node = with_cell("why", metadata=metadata)
    assert "students would receive this cell" in str(list(structure(Master.of(node))))


def test_only_what_students_need_of_a_cell_is_released():
    node = copy.deepcopy(NODE)
    png = {"image/png": "U0VDUkVU"}
    for cell in node.cells:
        cell["instructor_notes"] = "SECRET"
        if cell.cell_type == "code":
            cell["outputs"] = [nbformat.v4.new_output("stream", text="SECRET")]
            cell["execution_count"] = 7
        else:
            figure = {"image/png": "RklHVVJF"}
            cell["attachments"] = {"sketch.png": png, "a figure.png": figure, "a": png}
        cell.metadata["notes"] = "SECRET"
    node["notes"] = "SECRET"
    node.metadata["notes"] = "SECRET"
    node.cells[0].source += "\n\n![figure](attachment:a%20figure.png)"
    master = Master.of(node)
    assert list(structure(master)) == []
    text = student_notebook(master)
    assert "SECRET" not in text
    assert "U0VDUkVU" not in text
    assert text.count("RklHVVJF") == 1
    nbformat.validate(nbformat.reads(text, as_version=4))
    assert json.loads(text)["cells"][1]["outputs"] == []
