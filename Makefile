# `make` lists the targets. The first one that needs Python sets up .venv from requirements.lock.

# The Python that .venv is made with: the newest that really runs (a pyenv shim may only be there in name), is 3.11 or
# newer, and can make virtual environments. `make PYTHON=...` says otherwise.
PYTHON = $(shell for python in python3.13 python3.12 python3.11 python3; do \
	$$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	&& echo $$python && break; done)

# A load run, for `make load`. What is left empty, the scenario decides: by default `mixed`, 20 users for a minute,
# against a sandbox of its own.
USERS =
SPAWN =
TIME =
HOST =
SCENARIO =

# More flags for the command behind a target.
ARGS =

BIN = .venv/bin

.PHONY: help load capacity conform sandbox test check bench lock dist clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s  %s\n", $$1, $$2 }' Makefile

load: .venv/ready ## a minute of mixed load; variables USERS SPAWN TIME HOST SCENARIO ARGS
	@$(BIN)/locust -f locustfiles/live.py --headless $(if $(SCENARIO),--scenario $(SCENARIO)) \
		$(if $(USERS),--users $(USERS)) $(if $(SPAWN),--spawn-rate $(SPAWN)) $(if $(TIME),--run-time $(TIME)) \
		$(if $(HOST),--host $(HOST)) $(ARGS)

capacity: .venv/ready ## how many live sessions it holds; variables TIME HOST SCENARIO ARGS
	@$(BIN)/locust -f locustfiles/capacity.py --headless $(if $(SCENARIO),--scenario $(SCENARIO)) \
		$(if $(TIME),--run-time $(TIME)) $(if $(HOST),--host $(HOST)) $(ARGS)

conform: .venv/ready ## judge the sandbox against the API's document; ARGS="--host URL" judges a deployment
	@$(BIN)/live-harness conform $(ARGS)

sandbox: .venv/ready ## serve a Live Capture API on this machine
	@$(BIN)/live-harness sandbox $(ARGS)

test: .venv/ready ## the tests
	@$(BIN)/python -m pytest -n 2 $(ARGS)

check: .venv/ready ## lint, formatting, types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: .venv/ready ## what the harness costs, and whether its figures are true; ARGS="uploads truth" for parts
	@$(BIN)/python tests/benchmarks/run.py $(ARGS)

lock: .venv/ready ## bring requirements.lock up to pyproject.toml; ARGS=--upgrade takes newer versions
	@$(BIN)/python -m pip install -qq --disable-pip-version-check uv
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --group dev pyproject.toml \
		--no-header --no-annotate -o requirements.lock $(ARGS)

dist: .venv/ready ## build the wheel into dist/
	@$(BIN)/python -m build --wheel

clean: ## remove .venv, caches and dist/; reports stay
	@rm -rf .venv dist build .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find harness tests locustfiles -name __pycache__ -prune -exec rm -rf {} +

.venv/ready: requirements.lock pyproject.toml
	@python="$(PYTHON)"; \
	test -n "$$python" || { echo "no usable Python: expected python3, 3.11 or newer, with venv (Debian and Ubuntu:" \
		"apt-get install python3-venv); or name one: make PYTHON=..." >&2; exit 2; }; \
	echo "setting up .venv with $$python (once, about a minute)"; \
	$(BIN)/python -c '' 2>/dev/null || $$python -m venv --clear .venv
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps -e .
	@touch $@
