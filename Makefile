# Nothing but Python 3.11+ and make is needed; config/bootstrap.py brings the rest into .venv.

PYTHON ?= python3
RUN := .venv/bin/python
BENCHMARKS ?= $(addprefix benchmarks/,chain.py waits.py match.py schedules.py ingest.py)

.PHONY: help up demo manage test test-long check bench chaos fix openapi client environment

help:
	@echo "make up      set everything up and run the product; Ctrl-C stops it"
	@echo "make demo    the same, then send an event through a workflow, show the run, and stop"
	@echo "make manage  manage.py on what make up runs: make manage ARGS='create_api_key demo --name ci'"
	@echo "make test    all tests, on a real PostgreSQL and Valkey started for them"
	@echo "make check   lint, types, layers, dependencies, migrations, tests"
	@echo "make bench   how fast, against bare Celery on the same machine"
	@echo "make test-long  the tests that take longest: real processes, floods, races"
	@echo "make chaos   kill workers, empty the broker, crash the database, and look for what is lost"
	@echo "make openapi  write docs/openapi.json and docs/schema.graphql, the descriptions of the API, anew"
	@echo "make client   write the generated part of the Python client anew, of docs/openapi.json"
	@echo "make fix     let ruff repair what it can"

# `exec`: no shell stays between make and the product, so that each sees the other end.
up: environment
	@exec $(RUN) -m config.up up --ends-with-parent

demo: environment
	@exec $(RUN) -m config.up demo --ends-with-parent

manage: environment
	@exec $(RUN) -m config.manage $(ARGS)

test: environment
	@exec $(RUN) -m pytest -n logical --dist worksteal $(ARGS)

test-long: environment
	@exec $(RUN) -m pytest -n logical --dist worksteal -m long $(ARGS)

check: environment
	@exec $(RUN) -m config.check

bench: environment
	@exec env -u DATABASE_URL -u CELERY_BROKER_URL SEQUITUR_TEST_DURABLE=1 SEQUITUR_LOG_LEVEL=WARNING \
		SEQUITUR_ROW_SECURITY=$${SEQUITUR_ROW_SECURITY:-off} \
		$(RUN) -m pytest $(BENCHMARKS) -q -s

chaos: environment
	@CHAOS_PLAN=full exec $(RUN) -m pytest tests/chaos/test_chaos.py -m long -q -s $(ARGS)

openapi: environment
	@env SEQUITUR_SECRET_KEY=unused $(RUN) -W ignore manage.py spectacular --validate --format openapi-json --file docs/openapi.json
	@exec env SEQUITUR_SECRET_KEY=unused $(RUN) -W ignore manage.py graphql_schema --file docs/schema.graphql

client: environment
	@PYTHONPATH=client exec $(RUN) -m client_generator

fix: environment
	@$(RUN) -m ruff check --fix .
	@$(RUN) -m ruff format .

environment:
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON). Install Python 3.11 or newer, or name one: make $(MAKECMDGOALS) PYTHON=/path/to/python3"; exit 1; }
	@exec $(PYTHON) config/bootstrap.py
