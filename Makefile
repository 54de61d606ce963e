# The commands of every day; `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run build test lint format faults soak fuzz sqlmap bench bench-large packages toolchain clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

run: toolchain packages ## Build and start everything with three simulated cameras
	@echo "Building (the first time takes about ten minutes on two cores) …"
	swift build -c release --product sparc
	exec .build/release/sparc up --demo $(UP_FLAGS)

build: toolchain packages ## Build for debugging, tests included
	swift build --build-tests

test: toolchain packages ## Run every test, servers included
	.ci/test

lint: toolchain ## Check the format of all Swift files
	swift format lint --strict --parallel -r Package.swift Sources Tests Benchmarks

format: toolchain ## Format all Swift files in place
	swift format -i --parallel -r Package.swift Sources Tests Benchmarks

faults: toolchain packages ## Kill everything 20 times each, outages at full length
	SPARC_FAULT_ROUNDS=20 SPARC_DELIVERY_KILLS=50 SPARC_OUTAGE_SECONDS=90 SPARC_LONG_OUTAGE_SECONDS=600 .ci/test --filter IntegrationTests

soak: toolchain packages ## The isolation suite whole: 250,000 calls a mode, 1,000,000 at once (an hour)
	SPARC_ISOLATION_SHARE=1 .ci/test --filter IsolationSoakTests

fuzz: toolchain ## Fuzz every parser and the time rules for FUZZ_SECONDS (default 600)
	Tests/Fuzz/run.sh $${FUZZ_SECONDS:-600}

sqlmap: ## Let sqlmap try the parameters of a running installation for tests, at URL
	Tests/Security/sqlmap.sh $(URL)

bench: toolchain packages ## Measure against ffmpeg and the goals; BENCH=--help lists the parts
	swift build -c release --product sparc
	swift build -c release --product SparcBench
	.build/release/SparcBench $(BENCH)

bench-large: toolchain packages ## A retention run among 43 million rows (needs 45 GB of disk)
	swift build -c release --product sparc
	swift build -c release --product SparcBench
	.build/release/SparcBench large $(BENCH)

packages: ## Install missing system packages (as root), or say which
	@.ci/packages

toolchain: ## Check the Swift toolchain
	@.ci/toolchain

clean: ## Remove all build products
	rm -rf .build .build-*
