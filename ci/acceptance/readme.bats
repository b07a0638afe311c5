#!/usr/bin/env bats
# The README shows what the program prints.

load common

@test "every console session of the README prints what it says" {
    run "$ROOT/ci/check-readme"
    echo "$output"
    [ "$status" -eq 0 ]
    says "$output" '^check-readme: [1-9][0-9] commands print what README.md says, 0 do not$'
}

@test "a README that says otherwise is found out" {
    printf 'Words.\n\n```console\n$ build/ldfi --version\nldfi 99\n$ echo right\nright\n```\n' >wrong.md
    run "$ROOT/ci/check-readme" wrong.md
    [ "$status" -eq 1 ]
    says "$output" '^check-readme: 1 commands print what README.md says, 1 do not$'
    says "$output" '^-ldfi 99$'
}

@test "files that the documentation links to are there" {
    local page link
    for page in "$ROOT"/README.md "$ROOT"/models/*/README.md; do
        while read -r link; do
            echo "$page: $link"
            [ -e "$(dirname "$page")/$link" ]
        done < <(grep -o '](\([^)]*\))' "$page" | sed 's/](\(.*\))/\1/' | grep -v '^http')
    done
}
