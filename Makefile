# Needs nothing but Go and git (race needs gcc too). Tools run at a pinned version and are cached by Go.

FUZZTIME ?= 30s
KILLS    ?= 1000
VERSION  ?= $(shell git describe --tags --always --dirty)

.DEFAULT_GOAL := help

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-8s %s\n", $$1, $$2 }' Makefile

build: ## Build bin/nonbis
	CGO_ENABLED=0 go build -trimpath -o bin/nonbis ./cmd/nonbis

test: ## Run all tests
	go test ./...

race: ## Run all tests under the race detector
	CGO_ENABLED=1 go test -race ./...

vet: ## Run go vet for Linux and macOS
	GOOS=linux go vet ./...
	GOOS=darwin go vet ./...

lint: ## Judge the code by .golangci.yml
	.ci/lint run

fmt: ## Format the code
	.ci/lint fmt

fuzz: ## Run each Fuzz target for FUZZTIME
	@set -eu; found=; for pkg in $$(go list ./...); do \
		list=$$(go test -list '^Fuzz' $$pkg); \
		for target in $$(echo "$$list" | grep '^Fuzz' || true); do \
			found=1; echo "== $$pkg $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1x $$pkg; \
		done; \
	done; test "$$found" || { echo 'no Fuzz target was found' >&2; exit 1; }

bench: ## Measure, each figure beside the raw ceiling of the same run
	mkdir -p docs/benchmarks
	bash -eo pipefail -c "{ \
		go test -timeout 60m -run '^$$' -bench 'Fsync|Do|Replay|Records|Memory' -benchtime 7x ./ledger/sqlite; \
		go test -run '^$$' -bench 'Processes' -benchtime 5x ./ledger/sqlite; \
		go test -run '^$$' -bench 'Run' -benchtime 200x ./internal/cli; \
	} | go run ./internal/lab/plot docs/benchmarks"

prove: ## Try to break the promise, twenty times as hard as CI, and print one page
	go run ./internal/lab/prove -scale 20

crash: ## Kill runners of the real binary at random, KILLS times, and judge what is left
	go test -count=1 -timeout 60m -v -run '^TestCrash' ./internal/storm -args -kills $(KILLS)

dist: ## Build dist/ for Linux and macOS, with SHA256SUMS
	rm -rf dist
	@set -eu; for os in linux darwin; do for arch in amd64 arm64; do \
		echo "dist/nonbis-$(VERSION)-$$os-$$arch"; \
		CGO_ENABLED=0 GOOS=$$os GOARCH=$$arch go build -buildvcs=auto -trimpath -ldflags='-s -w' \
			-o dist/nonbis-$(VERSION)-$$os-$$arch ./cmd/nonbis; \
	done; done
	cd dist && if command -v sha256sum >/dev/null; then sha256sum nonbis-*; else shasum -a 256 nonbis-*; fi > SHA256SUMS

ci: ## Do what must hold before a change lands
	bash .ci/run

.PHONY: help build test race vet lint fmt fuzz bench prove crash dist ci
