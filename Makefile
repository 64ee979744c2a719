# Needs Python 3.11 or newer, make and git; everything else goes into $(VENV). `make help` lists what there is.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV ?= .venv
BIN := $(VENV)/bin
JOBS ?= 2
ARGS ?=
SOAK ?= 20
LIVES ?= 10000
HOSTILE ?= 100000
COURIER := courier-imap courier-authlib libcourier-unicode4 libidn12 libgamin0
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input
COMPILE := .cache/uv/bin/uv pip compile --quiet --no-config --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make requirements"
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for also in 'import venv, ensurepip' ''; do for python in python3.13 python3.12 python3.11 python3; do \
	"$$python" -c "$$also" 2>/dev/null && "$$python" -c '$(NEW_ENOUGH)' && echo "$$python" && exit; done; done)

.PHONY: help demo test soak second-opinion mutants mutmut servers lint types bench bench-people bench-fading bench-capture bench-reading fmt requirements clean

# Show this list.
help:
	@awk '/^# /{text=substr($$0,3);next} /^[a-z-]+:/&&text{sub(":.*","",$$1);printf "make %-13s %s\n",$$1,text} {text=""}' \
		Makefile

# Show the whole loop on a sample mailbox that the program makes up: no account, no set-up.
demo: $(VENV)/.core
	@$(BIN)/weaktie demo $(ARGS)

# Run every check and every test, against real servers on this machine's loopback.
test: $(VENV)/.dev servers lint types
	@$(BIN)/python -m pytest -n $(JOBS) $(ARGS)

# Crash, cut, forge and smuggle for long, and say what came of it (LIVES=10000, HOSTILE=100000, SOAK=20 times the tests).
soak: $(VENV)/.dev servers
	@$(BIN)/python -m tests.soak $(LIVES) --processes $(JOBS)
	@$(BIN)/python -m tests.pythons $(HOSTILE)
	@WEAKTIE_SOAK=$(SOAK) $(BIN)/python -m pytest -n $(JOBS) -o timeout=0 $(ARGS) tests/system/test_crash_points.py \
		tests/system/test_capture_machine.py tests/system/test_capture_every_call.py tests/system/test_no_sending.py \
		tests/agent/test_outreach_machine.py tests/agent/test_outreach_forged.py tests/agent/test_outreach_compose.py

# Run the plain ways of capture against a second IMAP server (Courier), unpacked here and not installed.
second-opinion: $(VENV)/.dev
	@command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || { \
		echo "Courier is taken from Debian's or Ubuntu's packages, and this system has none: skipped." >&2; exit 0; }; \
	mkdir -p .cache/courier && cd .cache/courier && for package in $(COURIER); do \
		ls $${package}_*.deb >/dev/null 2>&1 || apt-get -qq download $$package 2>/dev/null || { \
			echo "The package $$package cannot be downloaded here: skipped." >&2; exit 0; }; \
		dpkg-deb -x $${package}_*.deb root || exit 1; done && cd ../.. && \
	WEAKTIE_COURIER=.cache/courier/root $(BIN)/python -m pytest $(ARGS) tests/system/test_second_opinion.py

# Plant twelve known bugs, one by one, in a copy of this checkout: the tests have to notice each.
mutants: $(VENV)/.dev servers
	@$(BIN)/python -m tests.mutants

# Change the scorer, the policy and the outbox in thousands of small ways, and name those no test notices (an hour).
mutmut: $(VENV)/.dev .cache/mutmut/bin/mutmut
	@CI=true .cache/mutmut/bin/mutmut run --max-children $(JOBS)
	@.cache/mutmut/bin/mutmut results

# Check style, formatting and who may import whom.
lint: $(VENV)/.dev
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/lint-imports --no-logo

# Check the types of product and tests.
types: $(VENV)/.dev
	@$(BIN)/mypy

# Measure speed and memory.
bench: $(VENV)/.dev
	@$(BIN)/python -m bench $(ARGS)

# Measure the judgement of messages and people on real mail.
bench-people: $(VENV)/.dev
	@$(BIN)/python -m bench.people $(ARGS)

# Measure the scorer on real message events.
bench-fading: $(VENV)/.dev
	@$(BIN)/python -m bench.fading --data ../shared/bench/fading $(ARGS)

# Measure the first capture of a mailbox (ARGS="--messages 10000") against the limit, and mbsync where installed.
bench-capture: $(VENV)/.dev
	@$(BIN)/python -m bench.capture $(ARGS)

# Measure what each reading command costs on a big store (ARGS="--messages 10000").
bench-reading: $(VENV)/.dev
	@$(BIN)/python -m bench.reading $(ARGS)

# Put the code in the house's format.
fmt: $(VENV)/.dev
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format .

# Pin all dependencies anew: the newest that pyproject.toml allows, with the digests of their files.
requirements: .cache/uv/bin/uv
	@$(COMPILE) pyproject.toml requirements/build.in --output-file requirements/core.txt
	@$(COMPILE) --extra caldav --extra postgres --extra google --extra microsoft --extra keyring --group dev --constraint requirements/core.txt \
		pyproject.toml requirements/build.in --output-file requirements/dev.txt
	@$(COMPILE) requirements/mutmut.in --output-file requirements/mutmut.txt

# Remove what was made here: the virtual environment, caches, builds.
clean:
	@rm -rf $(VENV) .cache dist build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@find agent connectors tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

# Install the servers the tests talk to (Dovecot, PostgreSQL) where we may without asking; else say how.
servers:
	@PATH="$$PATH:/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin:$$(echo /usr/lib/postgresql/*/bin | tr ' ' ':')"; missing=""; \
	command -v dovecot >/dev/null || missing="$$missing dovecot-imapd"; \
	command -v initdb >/dev/null || missing="$$missing postgresql"; \
	command -v openssl >/dev/null || missing="$$missing openssl"; \
	if [ -z "$$missing" ]; then exit; fi; \
	if [ "$$(id -u)" = 0 ]; then may=""; else may="sudo -n"; fi; \
	if command -v apt-get >/dev/null && $$may true 2>/dev/null; then \
		echo "Installing for the tests (apt-get install$$missing); system services stay off."; \
		if [ -d /run/systemd/system ]; then \
			$$may systemctl --quiet mask dovecot.service dovecot.socket postgresql.service; fi; \
		$$may apt-get -qq update && $$may env DEBIAN_FRONTEND=noninteractive \
			apt-get -qq -y --no-install-recommends install $$missing >/dev/null && exit; \
	fi; \
	echo "Tests against real servers need:$$missing. Install, then run make test again:" >&2; \
	echo "  Debian, Ubuntu:  sudo apt-get install$$missing" >&2; \
	echo "  Fedora:          sudo dnf install dovecot postgresql-server openssl" >&2; \
	echo "  macOS:           brew install dovecot postgresql openssl" >&2; \
	if [ "$${CI:-}" = true ]; then exit 1; fi; \
	echo "Going on without: those tests are skipped." >&2

$(BIN)/python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "No Python 3.11 or newer was found. Install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1; fi
	@"$(PYTHON)" -c '$(NEW_ENOUGH)' || { \
		echo "$(PYTHON) does not run or is older than Python 3.11. Name another: make PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import venv, ensurepip' 2>/dev/null || { \
		name=$$("$(PYTHON)" -c 'import sys; print("python%d.%d" % sys.version_info[:2])'); \
		echo "$(PYTHON) cannot make virtual environments: it came without ensurepip." >&2; \
		echo "On Debian and Ubuntu:  sudo apt-get install $$name-venv" >&2; exit 1; }
	@echo "Making $(VENV) with $$("$(PYTHON)" --version)"
	@"$(PYTHON)" -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.core: requirements/core.txt pyproject.toml | $(BIN)/python
	@echo "Installing weaktie with requirements/core.txt"
	@$(PIP) --require-hashes -r requirements/core.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt requirements/core.txt pyproject.toml | $(BIN)/python
	@echo "Installing weaktie with requirements/dev.txt"
	@$(PIP) --require-hashes -r requirements/dev.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $(VENV)/.core $@

.cache/mutmut/bin/mutmut: requirements/mutmut.txt | $(BIN)/python
	@$(BIN)/python -m venv .cache/mutmut
	@.cache/mutmut/bin/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r $<
	@$(BIN)/python -c "import sysconfig; print(sysconfig.get_path('purelib'))" \
		> "$$(.cache/mutmut/bin/python -c "import sysconfig; print(sysconfig.get_path('purelib'))")/tests.pth"
	@touch $@

.cache/uv/bin/uv: | $(BIN)/python
	@$(BIN)/python -m venv .cache/uv
	@.cache/uv/bin/python -m pip install --quiet --disable-pip-version-check uv
