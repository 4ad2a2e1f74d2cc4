# Everything a person does with Afterparty, by name. Needs make (3.81 or later) and Python 3.11.
# The first use makes .venv from a lock file; later uses find it ready.

SCENARIO ?= enhypen-preshow
VOICES ?= 1
BENCH ?=
INPUTS ?= 1000000
DOORS ?=
PYTEST_ARGS ?=
UV ?= uv

BIN := .venv/bin
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 $(BIN)/python -m pip install --quiet
LOCK := $(UV) pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	--only-binary :all: --no-header --no-annotate pyproject.toml --extra build

# Playwright brings a node of its own, so there is one wherever the tests run.
NODE := $(BIN)/python -c 'import playwright, pathlib; \
	print(pathlib.Path(playwright.__file__).parent / "driver" / "node")'

ifeq ($(VOICES),0)
RUNTIME := .venv/.runtime
else
RUNTIME := .venv/.voices
endif

.PHONY: help run season serve test test-compose lint bench chaos fuzz lock clean system-packages

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

run: $(RUNTIME) ## replay an evening and watch it at http://localhost:8080 (SCENARIO=name, VOICES=0)
	@$(BIN)/afterparty replay $(SCENARIO) --serve --port 8080 --speed demo

season: $(RUNTIME) ## replay all evenings of 2021 in order of date, and judge what is said of them
	@$(BIN)/afterparty replay --season scenarios --serve --port 8080 --speed demo

serve: $(RUNTIME) ## an empty server for development, tokens for everybody
	@$(BIN)/afterparty serve --dev

test: .venv/.dev system-packages lint ## every check, then every test (PYTEST_ARGS="-k handoff")
	@`$(NODE)` --test tests/client_demo/*.test.mjs
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

test-compose: .venv/.dev system-packages ## docker-compose.yml, run for real (needs a Docker engine)
	@docker version >/dev/null 2>&1 || { echo "NO DOCKER ENGINE: docker-compose.yml cannot be run."; exit 1; }
	@$(BIN)/python -m pytest tests/compose -m compose --capture=no $(PYTEST_ARGS)

lint: .venv/.dev ## style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy --strict

bench: .venv/.dev ## the benchmarks behind the docs' figures (BENCH="join handoff")
	@$(BIN)/python -m bench $(BENCH)

chaos: .venv/.dev ## kill, stop and disturb what a room depends on (AFTERPARTY_SOAK_SECONDS=3600)
	@$(BIN)/python -m pytest tests/chaos -s $(PYTEST_ARGS)

fuzz: .venv/.dev ## strangers' bytes at every door (INPUTS=10000000 DOORS="stun sdp")
	@PYTHONPATH=server $(BIN)/python -m tests.fuzz --inputs $(INPUTS) $(DOORS)

lock: ## pin every dependency anew, by hash (needs uv; UPGRADE=1 takes the newest)
	$(LOCK) --extra voices --extra dev $(if $(UPGRADE),--upgrade) -o requirements-dev.lock
	$(LOCK) --extra voices -c requirements-dev.lock -o requirements-voices.lock
	$(LOCK) -c requirements-dev.lock -o requirements.lock

clean: ## remove what was installed and cached; recordings, reports and data stay
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- what the above stand on ---

# A pyenv shim exists for Pythons that do not, so each is run before it is trusted.
$(BIN)/python:
	@for python in python3 python3.13 python3.12 python3.11; do \
		if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			echo "Making .venv with `$$python --version`."; \
			$$python -m venv .venv && exit 0; \
			rm -rf .venv; \
			echo "$$python cannot make a venv. On Debian and Ubuntu: apt-get install python3-venv"; \
			exit 1; \
		fi; \
	done; \
	echo "Afterparty needs Python 3.11 or later, and there is none on the path."; \
	echo "Get one from https://www.python.org/downloads/ or your system's packages."; \
	exit 1

# Each lock holds the smaller ones, so that a larger install counts as the smaller as well.
.venv/.runtime: requirements.lock pyproject.toml | $(BIN)/python
	@$(call install,requirements.lock,.venv/.runtime)

.venv/.voices: requirements-voices.lock pyproject.toml | $(BIN)/python
	@$(call install,requirements-voices.lock,.venv/.runtime .venv/.voices)

.venv/.dev: requirements-dev.lock pyproject.toml | $(BIN)/python
	@$(call install,requirements-dev.lock,.venv/.runtime .venv/.voices .venv/.dev)

define install
echo "Installing what $(1) lists, once." && \
$(PIP) --require-hashes --only-binary :all: -r $(1) && \
$(PIP) --no-deps --no-build-isolation -e . && \
touch $(2)
endef

# The browser tests need Chromium; the store's are run on Redis beside the Valkey that comes along.
system-packages:
	@missing=; \
	command -v chromium >/dev/null || missing="$$missing chromium"; \
	command -v redis-server >/dev/null || missing="$$missing redis-server"; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "`id -u`" = 0 ]; then root=; else root="sudo -n"; fi; \
	if command -v apt-get >/dev/null && $$root true 2>/dev/null; then \
		echo "Installing$$missing."; \
		$$root apt-get update -qq </dev/null && \
		$$root env DEBIAN_FRONTEND=noninteractive \
			apt-get install -y -qq --no-install-recommends $$missing </dev/null >/dev/null && exit 0; \
		echo "That failed."; \
	fi; \
	echo "MISSING:$$missing. Tests that need them fail, or are skipped outside CI; please install them."
