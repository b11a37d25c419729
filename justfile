# `just` lists what there is. Recipes need the environment that `./fairlead setup` makes.

set positional-arguments

bin := quote(justfile_directory() / ".venv/bin")
uv := "VIRTUAL_ENV= " + bin + "/uv"
members := "shared services/router services/normalizer services/simulator services/cli"

# List the recipes.
default:
    @{{ just_executable() }} --list --unsorted

# Make .venv, from the locks, with everything that tests and checks need.
setup:
    ./fairlead setup

# Everything that must pass: lint, types, contracts, tests.
check: lint types contracts test

# Find faults in style, and files that are not formatted.
lint:
    {{ bin }}/ruff check .
    {{ bin }}/ruff format --check .

# Mend style and format.
format:
    {{ bin }}/ruff check --fix .
    {{ bin }}/ruff format .

# Check types, strictly.
types:
    {{ bin }}/mypy

# Check who may import whom: the architecture is a test.
contracts:
    {{ bin }}/lint-imports

# Run the tests, all of them on every core, or those that are named: `just test shared -k sse`.
test *arguments:
    {{ bin }}/python -m pytest --numprocesses auto "$@"

# Tell every case of the golden matrix anew; read the difference before committing it.
goldens:
    FAIRLEAD_REWRITE_GOLDENS=1 {{ bin }}/python -m pytest -q shared/tests/test_goldens.py
    git diff --stat -- shared/tests/goldens

# Test each member with nothing installed but what it declares; a shared environment hides what is missing.
test-alone:
    for member in {{ members }}; do \
        (cd "$member" && {{ uv }} run --quiet --isolated pytest -q tests) || exit 1; \
    done

# Package anew what genai-prices knows of models.
models:
    {{ bin }}/python deploy/known_models.py

# Resolve anew, as of the date `exclude-newer` in pyproject.toml, and export what installs read.
lock:
    {{ uv }} lock --quiet
    {{ uv }} export {{ export }} --only-group build -o requirements-build.lock
    {{ uv }} export {{ export }} --all-packages --no-dev -o requirements.lock
    {{ uv }} export {{ export }} --all-packages --no-dev --all-extras -o requirements-image.lock
    {{ uv }} export {{ export }} --all-packages --all-groups -o requirements-dev.lock

export := "--quiet --frozen --no-emit-workspace --format requirements-txt"

# Measure both services against the simulated provider; `just bench --help` tells what can be chosen.
bench *arguments:
    {{ bin }}/python -m bench "$@"

# Measure the questions to a usage database of a million requests.
bench-usage *arguments:
    {{ bin }}/python -m bench.usage "$@"

# Serve from this checkout until Ctrl-C.
up *arguments:
    ./fairlead up "$@"

# Build the image that compose.yaml runs.
image:
    docker compose build

# Serve from containers, and wait until they are healthy.
compose-up:
    docker compose up --detach --build --wait

# Stop the containers and forget what they kept.
compose-down:
    docker compose down --volumes
