"""Every documented command exists; scripts/bare_debian.sh actually runs them all."""

import importlib.util
import re
from pathlib import Path

import pytest
from typer.main import get_command

from coursekit import distribution
from coursekit.cli import app

ROOT = Path(__file__).parents[2]
TARGETS = set(re.findall(r"^([\w.-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def documented_commands():
    path = ROOT / "scripts" / "documented_commands.py"
    spec = importlib.util.spec_from_file_location("documented_commands", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


documented = documented_commands()
COMMANDS = {c.text: c for page in documented.pages() for c in documented.commands(page)}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda command: command.text)
def test_a_documented_command_exists_with_its_options(command):
    program, *arguments = command.words
    if program == "make":
        assert set(arguments) <= TARGETS
    if program == "coursekit":
        group = get_command(app)
        name, *rest = arguments
        if name != "--version" and not documented.MENTION.fullmatch(command.text):
            group.commands[name].make_context(name, rest)
        assert name == "--version" or name in group.commands


def test_the_tables_of_the_script_name_documented_commands_only():
    named = {*documented.SUBSTITUTES, *documented.STATUS, *documented.NOT_RUN}
    assert named <= set(COMMANDS)


def test_every_page_is_in_the_plan_with_its_commands():
    plan = "\n".join(documented.plan())
    assert "( page README.md " in plan
    for command in COMMANDS.values():
        if command.text in documented.NOT_RUN:
            assert documented.NOT_RUN[command.text] in plan


def test_nothing_tells_users_to_install_somebody_elses_coursekit():
    """`coursekit` on PyPI is another project."""
    ours = distribution.NAME.removeprefix("coursekit")
    foreign = rf"pip install\s+(-\S+\s+)*[\"']?coursekit(?!{ours}|{ours.replace('-', '_')})\b"
    places = ("*.md", "docs/**/*.md", "*/*.ipynb", "coursekit/**/*.py", "scripts/*.*")
    pages = [path for place in places for path in ROOT.glob(place)]
    assert len(pages) > 100
    assert [p for p in pages if re.search(foreign, p.read_text(encoding="utf-8"))] == []
