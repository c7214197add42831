# winfleet.hotfix: every command of the README. `make help` lists them.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
REQUIREMENTS := tests/requirements
SKIPPED := build/skipped

.DEFAULT_GOAL := help
.PHONY: help demo lab test unit integration check bench clean system-packages

help: ## Lists the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/' | expand -t 26

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' \
	  || { echo "Python's venv module is missing: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q -U pip
	touch $@

# One environment, three layers: what the demo needs, what the tests need, what the checks need.
$(VENV)/.%: $(VENV)/.created $(REQUIREMENTS)/%.txt $(REQUIREMENTS)/constraints.txt
	$(BIN)/pip install -q -r $(REQUIREMENTS)/$*.txt -c $(REQUIREMENTS)/constraints.txt
	touch $@

# The older cores have environments of their own: an environment holds one ansible-core.
.venv-core-%/.ready: $(REQUIREMENTS)/core-%.txt
	$(PYTHON) -m venv .venv-core-$*
	.venv-core-$*/bin/pip install -q -r $<
	touch $@

$(VENV)/.ldap: $(VENV)/.created $(REQUIREMENTS)/ldap.txt
	@$(BIN)/pip install -q -r $(REQUIREMENTS)/ldap.txt >/dev/null 2>&1 \
	  || echo "python-ldap cannot be built here: the tests that need a directory server will say so and skip." \
	          "Run 'make system-packages' as root first."
	touch $@

system-packages: ## Installs, as root, what the tests need from Debian (browser, Samba, compilers)
	apt-get update -q
	DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
	  $$(sed 's/#.*//' $(REQUIREMENTS)/system-packages.txt)

demo: $(VENV)/.demo ## Remediates a simulated fleet from nothing and proves it (no root needed)
	$(BIN)/python -m tests.demo

lab: $(VENV)/.demo ## Starts the simulated fleet and tells how to talk to it (stop with Ctrl-C)
	$(BIN)/python -m tests.lab --fleet tests/lab/fleets/demo.yml --directory .lab

# Each suite writes the tests that it skipped to a file of its own (tests/conftest.py).
unit: $(VENV)/.test ## Runs the unit tests
	SKIPPED_TESTS=$(SKIPPED)/unit.txt $(BIN)/python -m pytest tests/unit -n 2

# Three at a time on two cores: some tests wait for what a killed controller left.
integration: $(VENV)/.test $(VENV)/.ldap $(foreach core,2.16 2.17 2.18,.venv-core-$(core)/.ready) ## Runs the tests against the simulated fleet
	SKIPPED_TESTS=$(SKIPPED)/integration.txt $(BIN)/python -m pytest tests/integration -n 3 --dist loadfile

test: unit integration ## Runs all tests, then lists those that were skipped and why
	@echo "Skipped tests:"
	@sort $(SKIPPED)/unit.txt $(SKIPPED)/integration.txt | grep . || echo "  none"

check: $(VENV)/.check ## Lint, types, sanity and documentation
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	MYPYPATH=collections $(BIN)/mypy -p ansible_collections.winfleet.hotfix.plugins
	$(BIN)/ansible-lint --profile production --offline
	tests/tools/docs.sh
	tests/tools/galaxy.sh
	tests/tools/sanity.sh

bench: $(VENV)/.test ## Prints the measured ratios
	$(BIN)/python -m tests.bench

clean: ## Removes what the other targets made
	rm -rf $(VENV) .venv-core-* .demo .lab build docs/site tests/output .ansible *.tar.gz
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
