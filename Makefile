# Every command of the project. `make serve` and `make test` need Swift and nothing else: they install the rest.

# Where Swift is found if it is not in PATH already.
export PATH := $(PATH):/opt/swift/usr/bin:/usr/local/swift/usr/bin:/usr/share/swift/usr/bin:$(HOME)/.local/share/swiftly/bin

# What `make serve` hands to `fanfare serve --demo`: make serve ARGS='--listen 127.0.0.1:9090'
ARGS ?=
# How long `make fuzz` gives each fuzzer, in seconds.
SECONDS_EACH ?= 60
# How long `make soak` and `make crash-test` run, in minutes.
soak: DURATION ?= 60
crash-test: DURATION ?= 30

.PHONY: help serve test build documentation format lint acceptance fuzz soak crash-test benchmark clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

serve: ## install what is missing, build, and run the hub with its demo pages (ARGS='--listen 127.0.0.1:9090')
	@Scripts/setup build
	@Scripts/build
	@exec .build/release/fanfare serve --demo $(ARGS)

test: ## install what is missing, then run every check and every test
	@Scripts/setup test
	@Scripts/test

build: ## build the release binary, .build/release/fanfare
	@Scripts/setup build
	@Scripts/build

documentation: ## make the library's reference and articles, .build/documentation
	@Scripts/setup build
	@Scripts/documentation

format: ## rewrite the Swift sources in the project's format
	swift format --in-place --parallel --recursive Package.swift Sources Tests Fuzz

lint: ## fail if a Swift source is not in the project's format
	swift format lint --strict --parallel --recursive Package.swift Sources Tests Fuzz

acceptance: ## run only the acceptance tests, against the release binary (ARGS='-k publish')
	@Scripts/setup test
	@Scripts/build
	@Scripts/build ExampleServer
	.build/venv/bin/python -m pytest -c Tests/Acceptance/pytest.ini Tests/Acceptance $(ARGS)

fuzz: ## fuzz each parser (SECONDS_EACH=600 for ten minutes each)
	@Scripts/setup build
	@Scripts/fuzz $(SECONDS_EACH)

soak: ## load a hub for an hour with clients that come, go, stall and die (DURATION=3 for three minutes)
	@Scripts/setup test
	@Scripts/build
	.build/venv/bin/python Tests/Soak/soak.py --minutes $(DURATION) $(ARGS)

crash-test: ## kill a hub under load for half an hour, and prove that nothing was lost (DURATION=5 for five minutes)
	@Scripts/setup test
	@Scripts/build
	.build/venv/bin/python Tests/Crash/crash.py --minutes $(DURATION) $(ARGS)

benchmark: ## install what is missing, measure Fanfare beside nchan, draw the plots (ARGS='--rounds 5 fanout burst')
	@Scripts/setup benchmark
	@Scripts/build
	Benchmarks/run $(ARGS)
	Benchmarks/plot

clean: ## remove everything that was built
	rm -rf .build
