# `make` alone lists what there is.
PORT ?= 8501
QUIET_ROOM_DEMO ?= 1
BIN := .venv/bin
LOCK := --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-annotate
BENCHES := $(patsubst bench/%.py,bench-%,$(filter-out bench/__init__.py bench/portal.py,$(wildcard bench/*.py)))

.DEFAULT_GOAL := help
.PHONY: help run demo-reset backup restore move restore-check doctor audit-verify rotate-keys test test-faults check format bench bench-video-quick lock ready ready-dev

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: ready ## Set up and serve the portal with demo data (PORT=8501, DATABASE_URL=…)
	QUIET_ROOM_DEMO=$(QUIET_ROOM_DEMO) $(BIN)/streamlit run Home.py --server.port $(PORT)

demo-reset: ready ## Throw the demo clinic away and make it again
	QUIET_ROOM_DEMO=1 $(BIN)/python -m clinic.demo

backup: ready ## Everything in one sealed file, while the portal is in use (TO=folder)
	$(BIN)/python -m clinic.oversight make $(TO)

restore: ready ## Put a backup into an empty place, and compare (FILE=…)
	$(BIN)/python -m clinic.oversight restore "$(FILE)"

move: ready ## Everything into another, empty database, compared row by row (TO=postgresql://…)
	@$(BIN)/python -m clinic.oversight move "$(TO)"

restore-check: ready ## Can a backup be restored? Into a place that is thrown away (FILE=…)
	$(BIN)/python -m clinic.oversight prove "$(FILE)"

doctor: ready ## Is everything working? Exit status 0, 1 (look) or 2 (broken); JSON with ARGS=--json
	@$(BIN)/python -m clinic.oversight doctor $(ARGS)

audit-verify: ready ## Is the audit log as it was written? Names the first break
	$(BIN)/python -m clinic.oversight.verify

rotate-keys: ready ## A new key for what is sealed; can be stopped and run again
	$(BIN)/python -m db.rotate

test: ready-dev ## Set up and run every test (ARGS="-k booking" for some)
	@scripts/system-packages || true
	@scripts/test $(ARGS)

test-faults: ready-dev ## Each fault as often as it is promised to be survived: kills, restarts, full disks (twenty minutes)
	QUIET_ROOM_FAULTS=full $(BIN)/python -m pytest -rA tests/faults

check: ready-dev ## Formatting, lint, types and the rules of the house, in under a minute
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/bandit --quiet --severity-level medium --recursive Home.py pages components clinic web db bench
	$(BIN)/python -m pytest -q tests/architecture

format: ready-dev ## Put formatting and imports right
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

bench: $(BENCHES) ## Every measurement, each beside its baseline; one alone: make bench-pages

bench-video-quick: ready-dev ## What a call costs the server, in under a minute: one call at 480p
	$(BIN)/python -m bench.video --quick

bench-%: ready-dev
	$(BIN)/python -m bench.$*

lock: ready-dev ## Pin requirements*.txt anew from requirements*.in
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	$(BIN)/uv pip compile $(LOCK) requirements.in -o requirements.txt
	$(BIN)/uv pip compile $(LOCK) requirements-dev.in -c requirements.txt -o requirements-dev.txt

ready:
	@scripts/set-up

ready-dev:
	@scripts/set-up dev
