# Everything a person or CI runs. `make demo` and `make test` work on a fresh clone.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Extra pip options for PyTorch: on Linux, point it at the CPU index named in PyTorch's
# own installation guide to avoid several GB of CUDA packages (see README).
TORCH_OPTIONS ?=
# Processes of pytest: many tests wait for others, so one more than this machine has cores.
TEST_JOBS ?= $(shell expr 1 + $$(nproc 2>/dev/null || echo 1))
PYTEST = $(BIN)/python -m pytest -n $(TEST_JOBS) --dist loadgroup --no-loadscope-reorder
# Another environment that happens to be active is not the one that is used here.
unexport VIRTUAL_ENV

.PHONY: demo test check lint pytest records anew notebooks validate-stock validate-course processors processors-gate mutants lab pages bench clean
.DEFAULT_GOAL := test

$(VENV)/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet $(TORCH_OPTIONS) -c constraints.txt torch
	$(BIN)/pip install --quiet -c constraints.txt -e '.[test]'
	touch $@

demo: $(VENV)/ready
	$(BIN)/grader demo

test: lint
	$(MAKE) pytest
	$(MAKE) notebooks

pytest: $(VENV)/ready
	$(PYTEST)

# Long tests that something has changed for: run them, and write down what passed.
records: $(VENV)/ready
	$(PYTEST) -m rests_on --record

# All tests, those too that passed before and that nothing has changed for.
anew: $(VENV)/ready
	$(PYTEST) --anew

# What shows most mistakes soonest, without kernels and browsers.
check: lint $(VENV)/ready
	$(PYTEST) -m "not slow and not kernel and not browser"

lint: $(VENV)/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check grader utils tests benchmarks
	$(BIN)/mypy

# Every notebook, executed and compared with what it has printed.
notebooks: $(VENV)/ready
	$(MAKE) --jobs 2 --output-sync validate-stock validate-course
	$(MAKE) processors-gate

validate-stock: $(VENV)/ready
	$(BIN)/grader validate

# In the course's own kernel, and rounding as a processor without wide instructions does.
validate-course: $(VENV)/ready
	ATEN_CPU_CAPABILITY=default $(BIN)/grader validate --kernel course

# Every notebook as other processors would run it; hours rather than minutes.
processors: $(VENV)/ready
	$(BIN)/python tests/notebooks/processors.py

# With `validate-course` the two settings that reveal most, for the notebooks that train.
processors-gate: $(VENV)/ready
	$(BIN)/python tests/notebooks/processors.py --only-training --setting "last bit 1"

# Small faults in what scores rest on: which of them does no test notice? An hour or more.
mutants: $(VENV)/ready
	$(BIN)/python tests/mutation/mutation.py

lab: $(VENV)/ready
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/jupyter lab

# Lectures as pages and as slides, folded as in JupyterLab, with descriptions of pictures.
pages: $(VENV)/ready
	$(BIN)/jupyter nbconvert --template course --output-dir build/lectures --to html lectures/*.ipynb
	$(BIN)/jupyter nbconvert --template course --output-dir build/lectures --to slides lectures/*.ipynb

bench: $(VENV)/ready
	$(BIN)/python -m benchmarks

clean:
	rm -rf demo build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache
