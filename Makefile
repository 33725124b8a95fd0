# Every target does its own set-up; a machine needs Python 3.11 or newer, git and make.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
JOBS   ?= 4  # on two cores too: half of the time, tests wait for servers and for each other
AFAR   := tests/laws/test_okta.py tests/laws/test_switches.py  # laws over HTTP: pure rooms are covered by those in memory
LONG   := -o faulthandler_timeout=0  # what is long on purpose may take longer than a test that hangs

unexport PYTHONDONTWRITEBYTECODE  # where it is set, every process that a test starts would compile the program again

.PHONY: workflows soak demo test check static covered faults laws model bench bench-warm bench-render pictures schemas generate clean

demo: $(VENV)/.dev  ## The whole loop: the public registry, then a real MCP server on this machine.
	$(BIN)/reconciler demo

test: $(VENV)/.dev  ## The whole test suite, a file a worker: what a module has started serves all of its tests.
	$(BIN)/pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder -q

check: $(VENV)/.dev  ## Format, lint, types, import contracts, generated files, branch coverage of the pure rooms.
	@$(MAKE) --no-print-directory --jobs=2 static covered

static: $(VENV)/.dev  ## Of `check`, what reads and runs no test: one core is enough for it.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check
	$(BIN)/zizmor --offline --quiet --no-progress .github
	$(BIN)/jactionlint --shellcheck=
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-actions .github/actions/reconciler/action.yml

covered: $(VENV)/.dev  ## Of `check`, the pure rooms with coverage.
	LAWS=0.25 $(BIN)/pytest -n $(JOBS) -q --cov --cov-config=tests/pure.coveragerc --cov-report=term:skip-covered --cov-fail-under=100 \
	  tests/core tests/engine tests/kinds tests/render tests/cases tests/laws $(AFAR:%=--ignore=%)

workflows: $(VENV)/.dev  ## Every scenario of docs/workflows.md; the suite runs one of each sort.
	WHOLE=1 $(BIN)/pytest -q $(LONG) tests/workflows

faults: $(VENV)/.dev  ## Every fault at every request of a create, an update, a replace and a delete; prints the count.
	FAULTS=all $(BIN)/pytest -q -s $(LONG) tests/backends/okta/test_fault_matrix.py \
		tests/backends/okta/test_fault_matrix_of_clients.py tests/backends/okta/test_faults.py

laws: $(VENV)/.dev  ## Every property on twenty times as many examples as in the suite.
	LAWS=20 $(BIN)/pytest -n $(JOBS) -q $(LONG) tests/laws tests/manifests tests/oauth

model: $(VENV)/.dev  ## The model-based tests, long: random interleavings against an oracle.
	MODEL_EXAMPLES=500 $(BIN)/pytest -n $(JOBS) -q $(LONG) tests/model

bench: $(VENV)/.bench  ## Requests, CPU, time and memory, with peers as ratios; writes benchmarks/RESULTS.md.
	$(BIN)/python benchmarks/run.py

bench-warm: $(VENV)/.dev  ## Plans of an organisation that an earlier run has read; writes its section of RESULTS.md.
	$(BIN)/python benchmarks/warm.py --write

bench-render: $(VENV)/.dev  ## A plan of 5,000 changes in every form, and in Chromium; writes its section of RESULTS.md.
	$(BIN)/python benchmarks/render.py --write

soak: $(VENV)/.dev  ## Stops applies in every way, 1,000 times by SIGKILL alone on each database; writes docs/kills.md.
	$(BIN)/python tests/support/soak.py $(SOAK)

pictures: $(VENV)/.dev  ## Takes the pictures of the documentation anew; needs Chromium.
	$(BIN)/python docs/pictures.py

schemas generate: $(VENV)/.dev  ## Write what is generated: schemas/, docs/reference/, the index of decisions.
	$(BIN)/python docs/generate.py

clean:
	rm -rf $(VENV) .reconciler .mypy_cache .ruff_cache .hypothesis .coverage build dist

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	$@ -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/pip.txt

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	touch $@

$(VENV)/.bench: requirements/bench.txt $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench.txt
	touch $@
