#!/usr/bin/env bats
# ci/setup, which `make demo` and `make test` call first, and what `make` rebuilds.

load common

# A machine on which nothing is installed, and a user with these words from id and sudo.
bare_machine() {
    mkdir bin
    printf '#!/bin/sh\nexit 1\n' >bin/dpkg-query
    printf '#!/bin/sh\necho "apt-get $*" >>"%s"\n' "$PWD/installed" >bin/apt-get
    printf '#!/bin/sh\necho %s\n' "$1" >bin/id
    chmod +x bin/*
}

@test "without root or sudo, ci/setup prints the command to type and stops" {
    bare_machine 1000
    for tool in sh mktemp cat rm env; do ln -s "$(command -v $tool)" bin/; done
    run env PATH="$PWD/bin" "$ROOT/ci/setup" build test </dev/null
    [ "$status" -eq 1 ]
    says "$output" 'As root, type:'
    says "$output" '^    apt-get update && apt-get install -y .* libsqlite3-dev .*picosat.* bats'
    refute test -e installed
}

@test "as root, ci/setup installs what is missing" {
    bare_machine 0
    run env PATH="$PWD/bin:$PATH" "$ROOT/ci/setup" build </dev/null
    [ "$status" -eq 0 ]
    says "$(cat installed)" '^apt-get update$'
    says "$(cat installed)" '^apt-get install -y .* libcjson-dev'
    refute grep -q bats installed
}

@test "ci/setup installs nothing when all is there, and knows its parts" {
    run --separate-stderr "$ROOT/ci/setup" build test
    [ "$status" -eq 0 ]
    equal "$output$stderr" ""
    run "$ROOT/ci/setup" everything
    [ "$status" -eq 2 ]
    says "$output" "unknown part 'everything'"
}

@test "make rebuilds what a changed header reaches, and nothing else" {
    cp -r "$ROOT"/{Makefile,harness,lineage,solver,ci} .
    local make=(make --no-print-directory -j2 BUILD=out CFLAGS=-O0)
    "${make[@]}" >/dev/null 2>&1
    "${make[@]}" -q
    touch solver/formula.h
    run "${make[@]}"
    says "$output" 'out/lineage/hazard.o'
    refute grep -q 'out/harness/options.o' <(sed '/-o out\/ldfi/d' <<<"$output")
    "${make[@]}" -q
    touch lineage/schema.sql
    run "${make[@]}"
    says "$output" 'out/lineage/store.o'
    "${make[@]}" -q
}
