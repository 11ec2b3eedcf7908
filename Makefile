# Every command that README and CI name. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help build test demo demo-check bench lint format fuzz-smoke sanitize clean

INCIDENT ?=
ROUNDS ?= 5
DURATION ?= 4
SCENARIOS ?=
PEERS ?=
ARGS ?=
SANITIZERS ?=
SWIFT_SOURCES := $(wildcard Package.swift Sources Tests Benchmarks Fuzz examples)

help: ## Show the commands.
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "  make %-12s %s\n", $$1, $$2 }'

build: ## Build everything in release mode, installing missing Debian packages first.
	@scripts/bootstrap build
	swift build -c release --static-swift-stdlib

test: ## Build, run every test, and end with a line that counts them.
	@scripts/bootstrap test
	@scripts/test $(ARGS)

demo: ## Run the shop, Prometheus and Alertmanager on loopback; INCIDENT=checkout breaks that service.
	@scripts/bootstrap demo
	swift build -c release --static-swift-stdlib
	@.build/release/martlet-demo run $(if $(INCIDENT),--incident $(INCIDENT)) $(ARGS)

demo-check: ## Run the demo headless and assert every step of an incident from the outside.
	@scripts/bootstrap demo
	swift build -c release --static-swift-stdlib
	@.build/release/martlet-demo check $(if $(INCIDENT),--incident $(INCIDENT)) $(ARGS)

bench: ## Measure beside HAProxy, nginx and Envoy; ROUNDS=5 DURATION=4 SCENARIOS=small,rate PEERS=haproxy,envoy.
	@scripts/bootstrap bench
	swift build -c release --static-swift-stdlib
	@python3 Benchmarks/bench.py --rounds $(ROUNDS) --duration $(DURATION) \
	    $(if $(SCENARIOS),--scenario $(SCENARIOS)) $(if $(PEERS),--peers $(PEERS)) $(ARGS)

lint: ## Check the formatting of all Swift code.
	swift format lint --strict --parallel -r $(SWIFT_SOURCES)

format: ## Format all Swift code in place.
	swift format --in-place --parallel -r $(SWIFT_SOURCES)

fuzz-smoke: ## Run every fuzz target, 60 seconds in total.
	@scripts/fuzz-smoke 60

sanitize: ## Build and run the tests with ThreadSanitizer and AddressSanitizer; SANITIZERS=thread for one of them.
	@scripts/bootstrap test
	@scripts/sanitize $(SANITIZERS)

clean: ## Remove what was built.
	rm -rf .build
