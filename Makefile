# Verbs only; each works alone, also the first time.
.PHONY: setup run test check bench soak fuzz

BIN := .venv/bin
# what is installed is what the lock says: another lock, another stamp
STAMP := .venv/installed-$(firstword $(shell cksum < requirements.lock))
FITS := import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 13))
PYTEST ?= $(BIN)/python -m pytest -n auto --maxprocesses 8 --no-loadscope-reorder $(ARGS)

setup: $(STAMP)
	@:

run: setup
	$(BIN)/mneme up $(ARGS)

test: setup
	$(PYTEST)

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTEST)

bench: setup
	$(BIN)/python -m bench $(ARGS)

soak: setup fuzz
	SEEDS=200 $(BIN)/python -m pytest -q -n auto tests/faults/test_unlucky_moments.py
	$(BIN)/python -m bench.soak $(ARGS)

fuzz: setup
	$(BIN)/python -W ignore tests/fuzzing.py $(FUZZ)

$(STAMP): requirements.lock
	@python=$$(for one in python3.12 python3.11 python3 python; do $$one -c '$(FITS)' 2> /dev/null && echo $$one && break; done); \
	test -n "$$python" || { echo 'Mneme needs Python 3.11 or 3.12 with its venv module (Debian: apt install python3-venv)' >&2; exit 1; }; \
	test -x $(BIN)/python || $$python -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@rm -f .venv/installed-* && touch $@
