# Everything a person or CI runs. `make demo` and `make test` work on a fresh clone.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Extra pip options for PyTorch: on Linux, point it at the CPU index named in PyTorch's
# own installation guide to avoid several GB of CUDA packages (see README).
TORCH_OPTIONS ?=
# Another environment that happens to be active is not the one that is used here.
unexport VIRTUAL_ENV

.PHONY: demo test validate-stock validate-course lab bench clean
.DEFAULT_GOAL := test

$(VENV)/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet $(TORCH_OPTIONS) -c constraints.txt torch
	$(BIN)/pip install --quiet -c constraints.txt -e '.[test]'
	touch $@

demo: $(VENV)/ready
	$(BIN)/grader demo

test: $(VENV)/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check grader utils tests benchmarks
	$(BIN)/mypy
	$(BIN)/python -m pytest
	$(MAKE) --jobs 2 --output-sync validate-stock validate-course

validate-stock: $(VENV)/ready
	$(BIN)/grader validate

validate-course: $(VENV)/ready
	$(BIN)/grader validate --kernel course

lab: $(VENV)/ready
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/jupyter lab

bench: $(VENV)/ready
	$(BIN)/python -m benchmarks

clean:
	rm -rf demo build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache
