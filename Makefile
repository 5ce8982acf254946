# make lab    opens the course in JupyterLab
# make test   tests everything that a change might break; at most 6 minutes on two idle cores
# make quick  runs the fast tests, in under a minute: no browser, sandbox, figures, wheel or lint
# make more   takes up to 30 minutes: long attacks and kills, thousands of random graphs, a bare Debian
# make env    sets up the commands for instructors and lecturers: .venv/bin/coursekit
# Each target first installs its requirements. Further targets:
#   lint, wheel (dist/), clean
#   lessons        runs the lessons and saves their outputs
#   shots, portraits, plate   write screenshots, docs/shots/, docs/picture-language.svg
#   api, house, messages      write docs/api.md, docs/house.svg, tests/golden/messages.md
#   fuzz           compares random programs with torch, in every way, and counts mismatches;
#                  FUZZ="--seed 1 --arrays 500" chooses other programs
#   peer-tests     runs the tests of micrograd, autograd and MyGrad: docs/peer-tests.md
#   bench, bench-grading, attacks   compare coursekit with its peers: docs/benchmarks.md,
#                  docs/benchmarks-grading.md, docs/attacks.md
#   bench-scale    what a class of 1,000 and one of 5,000 cost: docs/scale.md

SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
TORCH := torch==2.13.0

# loadfile: each test file or notebook runs in a single process
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

.PHONY: lab env wheel test quick more lint lessons shots portraits plate api house messages fuzz peer-tests bench bench-grading bench-scale attacks clean

lab: .venv/lab.done
	$(BIN)/coursekit lab .

env: .venv/env.done

wheel: .venv/env.done
	$(BIN)/pip wheel --quiet --no-deps --wheel-dir dist .

test: .venv/test.done lint
	$(PYTEST) -m "not slow"

quick: .venv/test.done
	$(PYTEST) -m "not slow and not browser and not sandbox" --hypothesis-profile=quick \
	  --ignore=tests/figures --ignore=tests/cli/test_wheel.py coursekit tests

more: .venv/more.done
	$(PYTEST) -m "slow or hypothesis" --hypothesis-profile=more tests

lint: .venv/test.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/deno fmt --check --quiet coursekit/widgets coursekit/desk tests/widgets
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/codespell README.md CHANGELOG.md coursekit notebooks solutions exercises tests bench scripts docs CONTRIBUTING.md

lessons: .venv/test.done
	$(BIN)/python scripts/save_outputs.py

shots: .venv/test.done
	$(BIN)/python scripts/screenshots.py shots

portraits: .venv/test.done
	$(BIN)/python scripts/portraits.py

plate: .venv/test.done
	$(BIN)/python scripts/plate.py

house: .venv/test.done
	$(BIN)/python scripts/house.py

api: .venv/test.done
	$(BIN)/python scripts/api.py

messages: .venv/test.done
	$(BIN)/python -m tests.golden

fuzz:
	PYTHON=$(PYTHON) PEERS=$(TORCH) scripts/setup.sh bench
	.venv-bench/bin/python -m bench.fuzz $(FUZZ)

# lazy_loader is for the commit that they are compared with
peer-tests:
	PYTHON=$(PYTHON) PEERS="$(TORCH) pytest hypothesis lazy_loader" scripts/setup.sh bench
	.venv-bench/bin/python -m bench.suites

bench: .venv/test.done
	PYTHON=$(PYTHON) scripts/setup.sh bench
	.venv-bench/bin/python -m bench
	$(BIN)/python -m bench.view

bench-grading: .venv/test.done
	PYTHON=$(PYTHON) scripts/setup.sh peers
	$(BIN)/python -m bench.peers.speed

bench-scale: .venv/test.done
	$(BIN)/python -m bench.scale

attacks: .venv/test.done
	PYTHON=$(PYTHON) scripts/setup.sh peers
	$(BIN)/python -m bench.peers.attacks

.venv/lab.done: pyproject.toml constraints.txt scripts/setup.sh
	PYTHON=$(PYTHON) scripts/setup.sh lab

.venv/env.done: .venv/lab.done
	PYTHON=$(PYTHON) scripts/setup.sh env

.venv/test.done: .venv/env.done
	PYTHON=$(PYTHON) scripts/setup.sh test

.venv/more.done: .venv/test.done
	PYTHON=$(PYTHON) scripts/setup.sh more

clean:
	rm -rf .venv .venv-bench .venv-nbgrader .venv-otter dist shots .hypothesis .mypy_cache .pytest_cache .ruff_cache
