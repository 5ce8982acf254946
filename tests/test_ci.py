"""The GitHub workflow runs the same command as everybody else, and .ci/run runs every test."""

import re

from ruamel.yaml import YAML

from tests.support import ROOT

WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"
TARGET = re.compile(r"^([\w-]+):", re.MULTILINE)


def test_the_workflow_runs_ci_run_for_each_push_and_pull_request():
    workflow = YAML(typ="safe").load(WORKFLOW)
    assert workflow.keys() == {"name", "on", "permissions", "jobs"}
    assert workflow["on"].keys() == {"push", "pull_request"}
    [job] = workflow["jobs"].values()
    assert job["container"]["image"] == "debian:12"
    assert job["steps"][-1]["run"] == ".ci/run"
    assert job["timeout-minutes"] > 6 + 30


def test_ci_run_is_executable_and_runs_both_commands():
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert re.findall(r"^make (\w+)$", script.read_text(), re.MULTILINE) == ["test", "more"]


def test_the_makefile_explains_each_target_in_its_header():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    head = "\n".join(line for line in makefile.splitlines() if line.startswith("#"))
    targets = [name for name in TARGET.findall(makefile) if not name.startswith(".")]
    assert [name for name in targets if not re.search(rf"\b{name}\b", head)] == []
