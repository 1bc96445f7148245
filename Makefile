# `make demo` and `make test` need Python 3.11 or later, git and this file. `make help` lists the rest.
# Options: PYTHON=python3.12 chooses the interpreter, ARGS="-k name" goes to pytest or to the benchmarks.

VENV := .venv
BIN := $(VENV)/bin
DEMO := out/demo
REVIEW := $(DEMO)/review
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PYTHON ?=
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo stop test slow check format approve bench wheel clean

help: ## this list
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

# nodalis ends with 3 where a report needs review, and some samples are made to need it.
demo: $(VENV)/.installed stop ## install into .venv, read samples/, write FHIR to out/demo/, open the review page
	@rm -rf $(DEMO)
	@$(BIN)/nodalis extract samples/*.txt --format table || [ $$? -eq 3 ]
	@$(BIN)/nodalis convert samples/*.txt -o $(DEMO) --format collection || [ $$? -eq 3 ]
	@echo "FHIR R4, one Bundle a report: $$(ls $(DEMO) | wc -l) files in $(DEMO)/"
	@echo "One report with its proof:    $(BIN)/nodalis explain $$(ls samples/*.txt | head -n 1)"
	@mkdir -p $(REVIEW)
	@nohup $(BIN)/nodalis review --samples samples >$(REVIEW)/log 2>&1 </dev/null & echo $$! >$(REVIEW)/pid
	@while kill -0 $$(cat $(REVIEW)/pid) 2>/dev/null && ! grep -q "page at http" $(REVIEW)/log; do sleep 0.2; done
	@sed -n "s/^nodalis: sign in/The review page: sign in/p; s/^nodalis: review page at/The review page, until make stop:/p; s/^nodalis: error/&/p" $(REVIEW)/log
	@grep -q "page at http" $(REVIEW)/log

stop: ## end the review page of make demo
	@if [ -f $(REVIEW)/pid ]; then \
		case "$$(ps -o args= -p "$$(cat $(REVIEW)/pid)" 2>/dev/null)" in *"nodalis review"*) kill "$$(cat $(REVIEW)/pid)" ;; esac; \
		rm -f $(REVIEW)/pid; \
	fi

test: $(VENV)/.installed-dev ## install into .venv, run the tests that take seconds
	@$(BIN)/python -m pytest -m "not slow" $(ARGS)

slow: $(VENV)/.installed-dev ## run the tests marked slow
	@$(BIN)/python -m pytest -m slow $(ARGS)

check: $(VENV)/.installed-dev ## lint, format, types, grammars
	@echo "ruff check" && $(BIN)/ruff check .
	@echo "ruff format" && $(BIN)/ruff format --check .
	@echo "mypy" && $(BIN)/mypy
	@echo "nodalis grammar check" && $(BIN)/nodalis grammar check

format: $(VENV)/.installed-dev ## rewrite the code in the project's format
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

approve: $(VENV)/.installed-dev ## rewrite the approved outputs of samples/ and what docs/ shows of them; read their diff before committing
	@$(BIN)/python tests/samples/approve.py
	@$(BIN)/python tests/fhir_export/document.py

bench: $(VENV)/.installed ## measure speed, memory and growth; write benchmarks/results/
	@$(BIN)/python -m benchmarks $(ARGS)

wheel: $(VENV)/.installed-dev ## build the wheel into dist/
	@$(BIN)/python -m hatchling build -t wheel -d dist

clean: stop ## remove .venv, caches and everything written
	@rm -rf $(VENV) out dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps keep later runs from installing again; a change of pyproject.toml makes them stale.
$(VENV)/.installed: pyproject.toml $(VENV)/.created
	@echo "Installing nodalis into $(VENV) (under a minute, longer on a slow network) ..."
	@$(PIP) install --editable '.[service]'
	@touch $@

$(VENV)/.installed-dev: pyproject.toml $(VENV)/.created
	@echo "Installing nodalis and its test tools into $(VENV) (about a minute, longer on a slow network) ..."
	@$(PIP) install --editable '.[dev]'
	@touch $@ $(VENV)/.installed

# Each candidate is run, not only found: a name on the PATH may be a launcher without that version behind it.
$(VENV)/.created:
	@for python in $(if $(PYTHON),"$(PYTHON)",python3.11 python3 python3.12 python3.13 python3.14 python); do \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue; \
		"$$python" -c 'import ensurepip, venv' >/dev/null 2>&1 || { \
			echo "error: $$python cannot make virtual environments; on Debian and Ubuntu install python3-venv" >&2; exit 1; }; \
		echo "Making $(VENV) with $$("$$python" --version) ..."; \
		"$$python" -m venv $(VENV) && touch $@; exit $$?; \
	done; \
	echo "error: Nodalis needs Python 3.11 or later, and$(if $(PYTHON), $(PYTHON) is none, none is on the PATH); choose one with: make PYTHON=/path/to/python3.11 demo" >&2; \
	exit 1
