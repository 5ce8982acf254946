# make lab   sets everything up and opens the course in JupyterLab
# make test  sets everything up and runs every test
# make env   sets up the commands of instructors and lecturers: .venv/bin/coursekit
# The rest: wheel (dist/), lint, lessons (run them, save their outputs), shots (screenshots),
#           portraits (docs/shots/), plate (docs/picture-language.svg), api (docs/api.md),
#           bench (docs/benchmarks.md), bench-grading (docs/benchmarks-grading.md),
#           attacks (docs/attacks.md): coursekit, nbgrader and Otter-Grader side by side

SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin

.PHONY: lab test env wheel lint lessons shots portraits plate api bench bench-grading attacks clean

lab: .venv/lab.done
	$(BIN)/coursekit lab .

env: .venv/env.done

wheel: .venv/env.done
	$(BIN)/pip wheel --quiet --no-deps --wheel-dir dist .

test: .venv/test.done lint
	$(BIN)/python -m pytest

lint: .venv/test.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/deno fmt --check --quiet coursekit/widgets tests/widgets
	$(BIN)/codespell README.md CHANGELOG.md coursekit notebooks solutions exercises tests bench scripts docs

lessons: .venv/test.done
	$(BIN)/python scripts/save_outputs.py

shots: .venv/test.done
	$(BIN)/python scripts/screenshots.py shots

portraits: .venv/test.done
	$(BIN)/python scripts/portraits.py

plate: .venv/test.done
	$(BIN)/python scripts/plate.py

api: .venv/test.done
	$(BIN)/python scripts/api.py

bench: .venv/test.done
	PYTHON=$(PYTHON) scripts/setup.sh bench
	.venv-bench/bin/python -m bench
	$(BIN)/python -m bench.view

bench-grading: .venv/test.done
	PYTHON=$(PYTHON) scripts/setup.sh peers
	$(BIN)/python -m bench.peers.speed

attacks: .venv/test.done
	PYTHON=$(PYTHON) scripts/setup.sh peers
	$(BIN)/python -m bench.peers.attacks

.venv/lab.done: pyproject.toml constraints.txt scripts/setup.sh
	PYTHON=$(PYTHON) scripts/setup.sh lab

.venv/env.done: .venv/lab.done
	PYTHON=$(PYTHON) scripts/setup.sh env

.venv/test.done: .venv/env.done
	PYTHON=$(PYTHON) scripts/setup.sh test

clean:
	rm -rf .venv .venv-bench .venv-nbgrader .venv-otter dist shots .hypothesis .mypy_cache .pytest_cache .ruff_cache
