# `make run` and `make test` need only make and python3 (3.10 or later); everything else is installed inside this folder.
PORT ?=
STAGE ?=
SEED ?= 1
export PATH := $(CURDIR)/.local/bin:$(PATH)
# where this is set, as in many images of Python, each process would compile the CDK and boto3 again
export PYTHONDONTWRITEBYTECODE :=
python := .venv/bin/python
# the machine's own Python may be too old for the tools
tools := test -x $(python) || { echo "Nothing is installed here: make run first." >&2; exit 1; }; $(python) -m tools
unit := not emulator and not checkers
REGIONS := us-east-1 us-west-2 eu-west-1 eu-central-1 ap-southeast-2
MAKEFLAGS += --no-print-directory

.DEFAULT_GOAL := help
.PHONY: help shuffle mutants run token stop logs watch clean test unit check openapi contract clients faults breaking release rename fork synth deploy url listen site open browser verify prune redrive recover migrate lock bench

help:  ## list the commands
	@sed -n 's/^\([a-z]*\):  ## \(.*\)/make \1|\2/p' Makefile | column -t -s '|'

run:  ## deploy to a local AWS emulator and print the URL
	@python3 tools/dev/install.py synth emulator
	@$(tools) run --port "$(PORT)" $(if $(YES),--yes)

token:  ## print a token for the local stage, with every scope
	@$(tools) token --port "$(PORT)"

stop:  ## stop the emulator; data is kept
	@$(tools) stop --port "$(PORT)"

logs:  ## follow the functions' logs
	@$(tools) logs --port "$(PORT)"

watch:  ## deploy the functions on save
	@$(tools) watch --port "$(PORT)"

clean:  ## remove what was made; asks before it deletes data
	@$(tools) clean --port "$(PORT)" $(if $(YES),--yes)

test:  ## unit, stack and end-to-end tests
	@python3 tools/dev/install.py synth emulator
	@$(python) -m pytest -m "(not emulator or stand_in) and not checkers" --numprocesses=auto
	@$(python) -m pytest -m "emulator and not stand_in and not checkers" --numprocesses=2

unit:  ## the tests that need no emulator
	@python3 tools/dev/install.py synth
	@$(python) -m pytest -m "$(unit)" --numprocesses=auto

shuffle:  ## the same in ten random orders, under ten hash seeds
	@python3 tools/dev/install.py synth check
	@for seed in 1 2 3 4 5 6 7 8 9 10; do \
		PYTHONHASHSEED=$$seed $(python) -m pytest -m "$(unit)" --numprocesses=auto --random-order --random-order-seed=$$seed || exit 1; \
	done

mutants:  ## mutation tests: break the code in 320 places, and list what no test notices; half an hour
	@python3 tools/dev/install.py synth mutants
	@.local/mutants/venv/bin/python -m tests.support.mutants

check:  ## format, lint, types, spelling, complexity, OpenAPI document, templates
	@python3 tools/dev/install.py synth check
	$(python) -m ruff format --check
	$(python) -m ruff check
	$(python) -m codespell_lib
	@# D or worse: more than 20 paths through one function
	@worse="$$($(python) -m radon cc --min D --show-complexity app.py lambdas stacks dynamodel tools)"; test -z "$$worse" || { echo "$$worse"; exit 1; }
	$(python) -m mypy app.py stacks lambdas dynamodel tools
	$(python) -m pytest -m checkers tests/dynamodel/test_typing.py tests/stacks tests/tools tests/clients
	$(python) -m openapi_spec_validator docs/openapi.json
	REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true node node_modules/@redocly/cli/bin/cli.js lint docs/openapi.json
	test ! -e docs/asyncapi.json || node tools/dev/asyncapi.mjs docs/asyncapi.json
	@for stage in $$($(python) -c "from stacks.stage import stages; print(*stages())"); do $(tools) synth --stage $$stage || exit 1; done
	$(python) -m tests.support.nag
	@# W3005: CDK makes a function depend on its role, which its role's ARN says already
	$(python) -c "import cfnlint.runner; cfnlint.runner.main()" --ignore-checks W3005 --regions $(REGIONS) -- cdk.out/*.template.json

listen:  ## follow the changes of live resources: TO=/{resource}, or TO=/{resource}/{id}
	@$(tools) listen --stage "$(STAGE)" --port "$(PORT)" --to "$(TO)" --token "$(TOKEN)"

fork:  ## test the steps of "Make it yours" in a copy, with the resources of a clinic; THOROUGH=1 runs all its tests
	@python3 tools/dev/install.py synth emulator check
	@$(python) -m pytest -s tests/fork/drill.py $(if $(THOROUGH),--thorough)

rename:  ## rename the service: NAME=clinic
	@python3 tools/dev/install.py unit
	@$(tools) rename --name "$(NAME)"

openapi:  ## write docs/openapi.json and docs/asyncapi.json from the declarations
	@python3 tools/dev/install.py unit
	@$(python) -m stacks.contract

contract:  ## fuzz a deployed stack against its OpenAPI document: schemathesis, 500 cases an operation
	@python3 tools/dev/install.py synth emulator check
	@$(python) -m pytest -s tests/e2e/fuzz.py

clients:  ## generate clients from the OpenAPI document, Python and TypeScript, and use them on a deployed stack
	@python3 tools/dev/install.py synth emulator check
	@$(python) -m pytest tests/clients $(wildcard tests/resources/*/test_clients.py)

faults:  ## fault injection: each network failure in each operation; 1,000 histories of racing clients; uploads, live changes; SEED=1
	@python3 tools/dev/install.py synth emulator
	@$(python) -m pytest tests/faults tests/api/test_races.py tests/live/test_delivery.py tests/files/test_verify.py tests/e2e/test_events.py --thorough --seed "$(SEED)"

release:  ## keep the current contract as the released one: `make breaking` compares with it
	@python3 tools/dev/install.py unit
	@$(python) -m stacks.contract.breaking release

breaking:  ## list changes that break clients of the last release
	@python3 tools/dev/install.py unit
	@$(python) -m stacks.contract.breaking

synth:  ## write the templates of STAGE (dev) to cdk.out
	@python3 tools/dev/install.py synth
	@$(tools) synth --stage "$(STAGE)"

deploy:  ## deploy STAGE=dev or STAGE=prod to your AWS account
	@python3 tools/dev/install.py synth
	@$(tools) deploy --stage "$(STAGE)" --lose "$(LOSE)" $(if $(YES),--yes)

url:  ## print where STAGE answers, the local one by default
	@$(tools) url --stage "$(STAGE)" --port "$(PORT)"

open:  ## open the site of STAGE (local): guide, reference, browser of resources; serve it here if the stage has none
	@python3 tools/dev/install.py synth
	@$(tools) serve --stage "$(STAGE)" --port "$(PORT)"

site:  ## write that site to .local/site
	@python3 tools/dev/install.py synth
	@$(tools) site --stage "$(STAGE)" --port "$(PORT)"

browser:  ## test the site in the machine's own chromium
	@python3 tools/dev/install.py synth emulator browser
	@$(python) -m pytest tests/site

verify:  ## check STAGE from outside: an item, its event, its log lines, a forged token, alarms, drift
	@$(tools) verify --stage "$(STAGE)" --port "$(PORT)"

prune:  ## delete old versions of STAGE's functions, which deploys keep for a rollback
	@$(tools) prune --stage "$(STAGE)" --port "$(PORT)"

redrive:  ## publish again the changes in STAGE's dead-letter queue
	@$(tools) redrive --stage "$(STAGE)" --port "$(PORT)"

recover:  ## list the items that STAGE's RESOURCE had AT a time and lacks now; YES=1 puts them back
	@$(tools) recover --stage "$(STAGE)" --port "$(PORT)" --resource "$(RESOURCE)" --at "$(AT)" $(if $(YES),--yes)

migrate:  ## list the items of STAGE's RESOURCE that the model would store differently today; YES=1 writes them, RATE=200 a second
	@$(tools) migrate --stage "$(STAGE)" --port "$(PORT)" --resource "$(RESOURCE)" --rate "$(RATE)" $(if $(YES),--yes)

bench:  ## measure functions, models, pages and the service, and other frameworks; WRITE=1 updates docs/performance.md
	@python3 tools/dev/install.py synth emulator bench
	@$(python) -m bench.functions $(if $(WRITE),--write)
	@.local/bench/bin/python -m bench.modelling
	@$(python) -m bench.pages
	@$(python) -m bench.service

lock:  ## upgrade every pinned version
	@python3 tools/dev/install.py uv
	@python3 -m tools.dev.lock
