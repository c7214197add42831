# winfleet.hotfix: every command of the README. `make help` lists them. Two variables choose what they run on:
#   PYTHON  the Python of the environment, for example PYTHON=python3.12 (after `make clean`)
#   CORE    its ansible-core, for example CORE=2.17, in an environment of its own; if empty, the pinned one
SHELL := /bin/bash
PYTHON ?= python3
CORE ?=
export VENV := .venv$(CORE:%=-%)
BIN := $(VENV)/bin
REQUIREMENTS := tests/requirements
SKIPPED := build/skipped

.DEFAULT_GOAL := help
.PHONY: help demo lab test unit integration lint check bench archive clean system-packages

help: ## Lists the targets, with the minutes that they take on two cores once their environment is there
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/' | expand -t 26

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' \
	  || { echo "Python's venv module is missing: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q -U pip
	touch $@

# constraints.txt pins one ansible-core and the resolvelib that it takes; each other core takes its own.
$(VENV)/constraints.txt: $(VENV)/.created $(REQUIREMENTS)/constraints.txt
	sed '$(if $(CORE),s/^ansible-core==.*/ansible-core~=$(CORE).0/;/^resolvelib==/d)' $(REQUIREMENTS)/constraints.txt >$@

# One environment, three layers: what the demo needs, what the tests need, what the checks need.
$(VENV)/.%: $(VENV)/constraints.txt $(REQUIREMENTS)/%.txt
	$(BIN)/pip install -q -r $(REQUIREMENTS)/$*.txt -c $<
	touch $@

# Layers of libraries that are built from source, where the machine can.
build_or_say = @$(1)/bin/pip install -q -r $(REQUIREMENTS)/$(2).txt -c $(REQUIREMENTS)/constraints.txt >/dev/null 2>&1 \
	  || echo "$(3) cannot be built here: the tests that need $(4) will say so and skip." \
	          "Run 'make system-packages' as root first."

# Some integration tests also run on the other cores, each in an environment of its own, with a Python that it supports.
CORE_PYTHONS := tests/tools/core_pythons.py
.venv-core-%/.ready: $(REQUIREMENTS)/core.txt $(REQUIREMENTS)/kerberos.txt
	"$$($(PYTHON) $(CORE_PYTHONS) $*)" -m venv .venv-core-$*
	.venv-core-$*/bin/pip install -q "ansible-core~=$*.0" -r $<
	$(call build_or_say,.venv-core-$*,kerberos,pykerberos,a domain)
	touch $@

$(VENV)/.ldap: $(VENV)/.created $(REQUIREMENTS)/ldap.txt
	$(call build_or_say,$(VENV),ldap,python-ldap,a directory server)
	touch $@

$(VENV)/.kerberos: $(VENV)/.demo $(REQUIREMENTS)/kerberos.txt
	$(call build_or_say,$(VENV),kerberos,pykerberos,a domain)
	touch $@

system-packages: ## Installs, as root, what the tests need from Debian (browser, Samba, compilers)
	apt-get update -q
	DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
	  $$(sed 's/#.*//' $(REQUIREMENTS)/system-packages.txt)

demo: $(VENV)/.demo ## Remediates a simulated fleet from nothing and proves it, without root (2 min)
	$(BIN)/python -m tests.demo

lab: $(VENV)/.demo $(if $(DOMAIN),$(VENV)/.kerberos) ## Starts the simulated fleet and tells how to talk to it; DOMAIN=1: in a domain (stop with Ctrl-C)
	$(BIN)/python -m tests.lab --directory .lab --fleet $(if $(DOMAIN),domain.yml --domain,demo.yml)

# Each suite writes the tests that it skipped to a file of its own (tests/conftest.py).
unit: $(VENV)/.test ## Runs the unit tests (0.5 min)
	SKIPPED_TESTS=$(SKIPPED)/unit.txt $(BIN)/python -m pytest tests/unit -n 2

# Looked for only when they are needed: it takes a second.
.SECONDEXPANSION:
OTHER_CORES = $(patsubst %,.venv-core-%/.ready,$(shell $(PYTHON) $(CORE_PYTHONS)))
# Those that are newer than the pinned core; sanity runs on the last of them.
NEWER_CORES = $(filter .venv-core-2.2%,$(OTHER_CORES))

# Three at a time on two cores: some tests wait for what a killed controller left.
integration: $(VENV)/.test $(VENV)/.ldap $(VENV)/.kerberos $$(OTHER_CORES) ## Runs the tests against the simulated fleet (9 min)
	SKIPPED_TESTS=$(SKIPPED)/integration.txt $(BIN)/python -m pytest tests/integration -n 3 --dist loadfile

test: unit integration ## Runs all tests, then lists those that were skipped and why (10 min)
	@echo "Tested on ansible-core $$($(BIN)/ansible --version | sed -n '1s/.*core \(.*\)]/\1/p') as a whole, and in part on:"
	@$(PYTHON) $(CORE_PYTHONS) --list
	@echo "Skipped tests:"
	@sort $(SKIPPED)/unit.txt $(SKIPPED)/integration.txt | grep . || echo "  none"

lint: $(VENV)/.check ## The fast checks: format, lint, licenses, workflows (0.2 min)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/shellcheck .ci/run tests/tools/*.sh
	$(BIN)/reuse lint --quiet || { $(BIN)/reuse lint --lines; exit 1; }
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/zizmor --offline --quiet .github
	$(BIN)/pre-commit validate-config

check: lint $$(lastword $$(NEWER_CORES)) ## The fast checks, then types, documentation, the archive as Galaxy sees it, ansible-test sanity (6 min)
	MYPYPATH=collections $(BIN)/mypy -p ansible_collections.winfleet.hotfix.plugins
	$(BIN)/ansible-lint --profile production --offline
	tests/tools/docs.sh
	tests/tools/galaxy.sh
	tests/tools/sanity.sh $(lastword $(BIN) $(NEWER_CORES:/.ready=/bin))

bench: $(VENV)/.test ## Prints the measured ratios
	$(BIN)/python -m tests.bench

archive: $(VENV)/.demo ## Builds build/release/*.tar.gz, if TAG is the version of galaxy.yml and of the changelog
	tests/tools/release.sh "$(TAG)"

clean: ## Removes what the other targets made
	rm -rf .venv .venv-* .demo .lab build docs/site tests/output .ansible *.tar.gz
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
