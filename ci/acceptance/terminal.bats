#!/usr/bin/env bats
# What people see on a terminal: the end of a report, help, the manual, completion, progress, and
# what `make install` leaves on a machine.

load common

LADDER=$ROOT/scenarios/primary_backup

# The project's models and scenarios, and ldfi by that name.
project_folder() {
    cp -r "$ROOT/models" "$ROOT/scenarios" .
    mkdir bin && ln -s "$LDFI" bin/ldfi
    PATH=$PWD/bin:$PATH
}

commands() {
    "$LDFI" --help | sed -nE 's/^  ([a-z-]+)  +.*/\1/p'
}

# fits TEXT: 24 lines of 80 columns.
fits() {
    [ "$(wc -l <<<"$1")" -le 24 ] && ! grep -q '.\{81\}' <<<"$1" && return
    printf 'does not fit a terminal:\n%s\n' "$1"
    return 1
}

# ---- the end of a report ----

@test "a report of counterexamples ends with the verdict, the smallest, what broke, and the command" {
    cp -r "$ROOT/models" "$ROOT/scenarios" .
    ldfi 0 run scenarios/primary_backup/rung3.json --all
    # The paper's counterexample of rung 3 (Growing a protocol, section 4.1): c crashes at 3.
    equal "$(tail -4 <<<"$output")" \
"rung3: counterexample, as expected: 2 minimal schedules, and these are all
  faults   crash(c,3)
  broken   3 promises at time 22, the first pre(\"durability\", \"C\", 0, \"w2\")
  explain  $LDFI explain scenarios/primary_backup/rung3.json --crash c,3"
    equal "$(grep -c '^rung3: counterexample' <<<"$output")" 1
    run bash -c "$(sed -n '$s/^  explain  //p' <<<"$output")"
    equal "$status" 1
}

@test "a report of a certificate ends with what it covers, and the command that draws the good run" {
    ldfi 0 run "$LADDER/rung4.json"
    says "$(head -1 <<<"$output")" '^rung4: certified, as expected'
    says "$output" '^  bounds   EOT 22, EFF 0, crashes 2; '
    run bash -c "$(sed -n '$s/^  replay   //p' <<<"$output")"
    equal "$status" 0
    says "$output" '^rung4: promise kept under no faults'
}

@test "a report of a search that was cut short ends with the command that goes on" {
    # 1519 runs are too many for 200, not for ten times as many.
    ldfi 3 run "$LADDER/rung4.json" --max-runs 200
    run bash -c "$(sed -n '$s/^  go on    //p' <<<"$output")"
    equal "$status" 0
    says "$output" '^rung4: certified'
    ldfi 3 run "$LADDER/rung4.json" --search random --runs 3
    says "$output" "^  go on    $LDFI run $LADDER/rung4.json\$"
}

@test "a search that was cut short excludes no size that has a counterexample" {
    # Two faults break this, and no single one does: the exhaustive search says so.
    ldfi 1 run "$DELIVERY/retry.ded" -N a,b,c -t 5 -f 3 -c 1 --search exhaustive
    says "$output" ': 2 faults break the promise, fewer do not$'
    local runs said=0
    for ((runs = 1; runs < 40; runs++)); do
        run timeout 60 "$LDFI" run "$DELIVERY/retry.ded" -N a,b,c -t 5 -f 3 -c 1 --max-runs $runs
        [ "$status" -eq 3 ] || break
        refute grep -Eq 'no schedule of fewer than ([3-9]|[0-9]{2})' <<<"$output"
        ! grep -q 'no schedule of fewer than 2 faults breaks the promise$' <<<"$output" || said=1
    done
    equal "$status $said" '1 1'
}

# ---- help ----

@test "help lists each command once, on one screen" {
    ldfi 0 --help
    fits "$output"
    says "$output" '^usage: ldfi COMMAND'
    says "$(tail -1 <<<"$output")" '^Example: ldfi run '
    equal "$(commands | sort)" "$(commands | sort -u)"
    [ "$(commands | wc -l)" -ge 11 ]
    local all=$output
    ldfi 0 help
    equal "$output" "$all"
}

@test "the help of each command fits a screen, and ends with an example" {
    local command short
    for command in $(commands); do
        ldfi 0 "$command" --help
        short=$output
        fits "$short"
        says "$(head -1 <<<"$short")" "^usage: ldfi $command( |\$)"
        says "$(tail -1 <<<"$short")" '^  ldfi [a-z]'
        says "$short" '^Examples?:$'
        ldfi 0 help "$command"
        equal "$output" "$short"
        ldfi 0 help "$command" all
        refute grep -q '.\{81\}' <<<"$output"
        equal "$output" "$("$LDFI" "$command" --help all)"
        # All says what the short help says, and more.
        equal "$(grep -vFxf <(printf '%s\n' "$output") <<<"$short" |
            grep -vE '^([0-9]+ more options: |Instead of what the scenario says: |$)')" ''
    done
}

@test "the examples of all commands work in the project's folder" {
    unless_sanitized
    project_folder
    local command example
    for command in $(commands); do
        while read -r example; do
            [ -n "$example" ]
            run timeout 120 bash -c "$example"
            echo "$example: $status: $output"
            [ "$status" -eq 0 ] || [ "$status" -eq 1 ]
        done < <(ldfi_examples "$command")
    done
}

ldfi_examples() {
    "$LDFI" help "$1" | sed '1,/^Examples\{0,1\}:$/d'
}

@test "what --help leaves out, it counts, and --help all has" {
    ldfi 0 run --help
    refute grep -q -- --proof <<<"$output"
    local left_out
    left_out=$(sed -nE 's/^([0-9]+) more options: ldfi help run all$/\1/p' <<<"$output")
    local short
    short=$(grep -cE '^  (-.,|   ) --' <<<"$output")
    ldfi 0 run --help all
    # Those of the scenario are nine: --nodes to --choose, --strict-locality.
    equal "$(grep -cE '^  (-.,|   ) --' <<<"$output")" $((short + left_out + 9))
    says "$output" '^ +--proof FILE'
    says "$output" '^  -N, --nodes A,B,C '
}

@test "an unknown command or page of help says what was meant" {
    ldfi 2 rnu
    says "$stderr" "^command line:1:6: error: unknown command 'rnu'; did you mean run\?\$"
    ldfi 2 help swep
    says "$stderr" "^command line:1:11: error: unknown command 'swep'; did you mean sweep\?\$"
    ldfi 2 help run sweep
    says "$stderr" '^command line:1:15: error: '
    ldfi 2 completion fish
    says "$stderr" 'bash or zsh'
    ldfi 2 completion nodes nowhere.json
    says "$stderr" 'nowhere.json'
}

@test "exit statuses are those of the README" {
    ldfi 0 help status
    fits "$output"
    equal "$(tr -s ' \n' '  ' <<<"$output" | sed 's/ *Of several.*//; s/^ //')" \
        "$(sed -n '/^### Exit status/,/^Of several/p' "$ROOT/README.md" |
            sed -nE 's/^\| ([0-9]+) \| (.*) \|$/\1 \2/p' | tr -s ' \n' '  ' | sed 's/ $//')"
}

# ---- the manual ----

# page NAME.SECTION: makes the page and prints its file's name.
page() {
    case $1 in
    ldfi.1) "$LDFI" help manual >ldfi.1 ;;
    ldfi-dedalus.5) "$ROOT/ci/manual" dedalus >ldfi-dedalus.5 ;;
    ldfi-scenario.5) "$ROOT/ci/manual" scenario >ldfi-scenario.5 ;;
    esac
    echo "$1"
}

# rendered NAME.SECTION: its text, as wide as needed.
rendered() {
    MANWIDTH=500 man -l "$1" | col -bx
}

@test "the pages of the manual are well formed, and man prints them without a warning" {
    local name
    for name in ldfi.1 ldfi-dedalus.5 ldfi-scenario.5; do
        page $name
        # Results must not depend on the day on which the pages are made, so they have none.
        run mandoc -Tlint -W warning $name
        equal "$(grep -v 'missing date' <<<"$output")" ''
        equal "$(man -l --warnings $name 2>&1 >/dev/null)" ''
        says "$(lexgrog $name)" "\"${name%.*} - "
    done
}

@test "ldfi(1) has all commands, options and exit statuses" {
    page ldfi.1
    local text command option
    text=$(rendered ldfi.1)
    for command in $(commands); do
        says "$text" "^ +ldfi $command\$"
        for option in $("$LDFI" help "$command" all | sed -nE 's/^  (-., |    )?--([a-z-]+).*/\2/p'); do
            says "$text" "^ +(-., )?--$option( |\$)"
        done
    done
    for option in 0 1 2 3 4 130; do
        says "$text" "^ +$option +[a-z]"
    done
    says "$text" 'NO_COLOR'
}

@test "ldfi-scenario(5) has every key of the schema, ldfi-dedalus(5) every chapter of the dialect" {
    page ldfi-scenario.5
    page ldfi-dedalus.5
    local text word
    text=$(rendered ldfi-scenario.5)
    for word in $(jq -r '.properties | keys[]' "$ROOT/scenarios/schema.json"); do
        says "$text" "^ {7}$word \("
    done
    says "$text" '^ +eot \(number from 1 to 1000 or "sweep", required\)'
    text=$(rendered ldfi-dedalus.5)
    while read -r word; do
        says "$text" "^${word^^}\$"
    done < <(sed -n 's/^## //p' "$ROOT/harness/dedalus/dialect.md")
    # The grammar stays within a terminal.
    text=$(MANWIDTH=80 man -l ldfi-dedalus.5 | col -bx)
    refute grep -q '.\{81\}' <<<"$(sed -n '/^SYNTAX/,/comments/p' <<<"$text")"
}

# ---- completion ----

# offered LINE: what bash offers at the end of a line, sorted.
offered() {
    bash -c '
        source <("$1" completion bash)
        read -ra COMP_WORDS <<<"$2"
        [[ $2 == *" " ]] && COMP_WORDS+=("")
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _ldfi
        printf "%s\n" "${COMPREPLY[@]}"' bash "$LDFI" "$1" | sort | tr '\n' ' ' | sed 's/ $//'
}

@test "bash completes commands, options, their values, files and nodes" {
    project_folder
    local rung3=scenarios/primary_backup/rung3
    equal "$(offered 'ldfi swe')" sweep
    equal "$(offered 'ldfi ')" "$(commands | cat - <(printf -- '--help\n--version\n') | sort | tr '\n' ' ' | sed 's/ $//')"
    equal "$(offered 'ldfi run --max-')" '--max-memory --max-runs --max-seconds'
    equal "$(offered 'ldfi run --search ')" 'exhaustive lineage random'
    equal "$(offered 'ldfi run --search = e')" exhaustive # as bash parts --search=e
    equal "$(offered 'ldfi run --record ')" all
    equal "$(offered 'ldfi run --oracle m')" molly
    equal "$(offered "ldfi check $rung3")" "$rung3.json ${rung3}_backups_crash.json"
    equal "$(offered 'ldfi check models/delivery/redu')" models/delivery/redundant.ded
    equal "$(offered 'ldfi sweep scen')" scenarios
    touch one.db two.db three.rup
    equal "$(offered 'ldfi run x.json --db ')" 'bin models one.db scenarios two.db'
    equal "$(offered 'ldfi run x.json --proof t')" three.rup
    equal "$(offered "ldfi replay $rung3.json --crash ")" 'C, M, a, b, c,'
    equal "$(offered "ldfi replay $rung3.json --crash c,")" ''
    equal "$(offered "ldfi replay $rung3.json --omit a,")" 'a,C, a,M, a,b, a,c,'
    equal "$(offered 'ldfi replay m.ded -N x,y --omit x,')" 'x,y,'
    equal "$(offered 'ldfi help comp')" 'compare completion'
    equal "$(offered 'ldfi run --max-runs ')" ''
    equal "$(offered 'ldfi new ')" ''
    equal "$(offered 'ldfi new mine --language ')" 'c dedalus'
}

@test "bash completes names with spaces as one" {
    project_folder
    mv scenarios/primary_backup/rung3.json 'a scenario.json'
    run bash -c '
        source <(ldfi completion bash)
        COMP_WORDS=(ldfi check "a ") COMP_CWORD=2
        _ldfi
        printf "<%s>\n" "${COMPREPLY[@]}"'
    equal "$output" '<a scenario.json>'
}

# zsh_offers LINE: what zsh makes of the line at a tab, and what it offers.
zsh_offers() {
    timeout 30 "$ROOT/ci/acceptance/zsh_offers" "$PWD/functions" "$1"
}

@test "zsh completes commands, options, their values, files and nodes" {
    project_folder
    mkdir functions
    ldfi 0 completion zsh
    cat >functions/_ldfi <<<"$output"
    zsh -n functions/_ldfi
    local rung3=scenarios/primary_backup/rung3
    says "$(zsh_offers 'ldfi swe')" '^LINE ldfi sweep $'
    says "$(zsh_offers 'ldfi re')" '^OFFERS .*replay.*regress'
    says "$(zsh_offers 'ldfi run --pro')" '^LINE ldfi run --proof='
    says "$(zsh_offers 'ldfi run --search ')" '^OFFERS lineage exhaustive random$'
    says "$(zsh_offers "ldfi check ${rung3}_")" "^LINE ldfi check ${rung3}_backups_crash.json \$"
    says "$(zsh_offers 'ldfi sweep scenarios/pax')" '^LINE ldfi sweep scenarios/paxos/$'
    says "$(zsh_offers "ldfi replay $rung3.json --crash ")" '^OFFERS a b c C M$'
    says "$(zsh_offers "ldfi replay $rung3.json --omit a,")" '^OFFERS b c C M$'
    says "$(zsh_offers 'ldfi replay m.ded -N x,y --omit=x,')" '^LINE ldfi replay m.ded -N x,y --omit=x,y,$'
    says "$(zsh_offers 'ldfi help compl')" '^LINE ldfi help completion $'
}

# ---- installation ----

@test "make install puts program, manual and completion where a machine looks, uninstall takes them away" {
    local target=$PWD/target
    # So that the test makes nothing where others read.
    make -s -C "$ROOT" install BUILD="$(dirname "$LDFI")" DESTDIR="$target" PREFIX=/usr
    equal "$(cd target && find . -type f | sort)" \
"./usr/bin/ldfi
./usr/include/ldfi/protocol.h
./usr/share/bash-completion/completions/ldfi
./usr/share/man/man1/ldfi.1
./usr/share/man/man5/ldfi-dedalus.5
./usr/share/man/man5/ldfi-scenario.5
./usr/share/pkgconfig/ldfi.pc
./usr/share/zsh/site-functions/_ldfi"
    says "$(target/usr/bin/ldfi --version)" '^ldfi [0-9]'
    equal "$(PKG_CONFIG_PATH=target/usr/share/pkgconfig pkg-config --modversion ldfi)" \
        "$(target/usr/bin/ldfi --version | sed 's/^ldfi \([0-9.]*\).*/\1/; q')"
    says "$(PKG_CONFIG_PATH=target/usr/share/pkgconfig pkg-config --cflags ldfi \
        --define-variable=prefix="$target/usr")" "-I$target/usr/include"
    # The installed program finds the header that was installed with it.
    target/usr/bin/ldfi new mine --quiet
    run target/usr/bin/ldfi run mine/mine.json
    equal "$status" 1
    says "$output" '^mine: counterexample'
    says "$(MANWIDTH=80 man -M target/usr/share/man ldfi)" '^LDFI\(1\)'
    says "$(MANWIDTH=80 man -M target/usr/share/man 5 ldfi-scenario)" '^LDFI-SCENARIO\(5\)'
    # bash-completion loads the file by the name of the command.
    run env PATH="$target/usr/bin:$PATH" BASH_COMPLETION_USER_DIR="$target/usr/share/bash-completion" \
        bash -c 'source /usr/share/bash-completion/bash_completion; _completion_loader ldfi
                 COMP_WORDS=(ldfi swe) COMP_CWORD=1; _ldfi; echo "${COMPREPLY[@]}"'
    equal "$output" sweep
    make -s -C "$ROOT" uninstall DESTDIR="$target" PREFIX=/usr
    equal "$(find target -type f)" ''
}

# ---- progress ----

# on_terminal COLUMNS COMMAND: what the command writes to a terminal so wide; a line each time that
# it goes back to the line's begin.
on_terminal() {
    script -q -e -c "stty cols $1; $2" /dev/null | tr '\r' '\n' | sed 's/\x1b\[K//g'
}

LONG="$LADDER/rung5.json --search exhaustive --max-seconds 1"

@test "a long run says on a terminal what it does, how far it is and what is left at most" {
    run on_terminal 120 "$LDFI run $LONG"
    says "$output" '^rung5: 0 s, at most 1 s left; size [0-2] of at most 2, [0-9]+ states, [0-9]+ a second$'
    run on_terminal 120 "$LDFI run $LADDER/rung5.json --search random --runs 100000 --max-seconds 1"
    says "$output" '^rung5: [01] s, at most (about )?[0-9]+ s left; [0-9]+ of 100000 random schedules$'
    run on_terminal 120 "$LDFI run $LADDER/rung5_staggered.json --max-runs 5000"
    says "$output" '^rung5_staggered: [0-9]+ s, at most [0-9]+ runs left; size [1-3] of at most [0-9]+, [0-9]+ runs, [0-9]+ a second$'
}

@test "progress is no wider than the terminal, and gone in the end" {
    run on_terminal 40 "$LDFI run $LONG"
    says "$output" '^rung5: 0 s, at most 1 s left; size'
    refute grep -q '^rung5: .* left; .\{40\}' <<<"$output"
    equal "$(grep '^rung5: [0-9]* s, ' <<<"$output" | awk 'length > 39')" ''
    script -q -c "$LDFI run $LONG" raw >/dev/null || true
    # The last thing drawn is taken back before the report begins.
    says "$(tr '\033' '@' <raw | tr -d '\r')" '@\[Krung5: (@\[33m)?incomplete'
}

@test "progress goes to a terminal only, and --quiet has none" {
    ldfi 3 run "$LADDER/rung5.json" --search exhaustive --max-seconds 1
    equal "$stderr" ''
    run on_terminal 120 "$LDFI run $LONG --quiet"
    equal "$output" ''
}

@test "a sweep says how many searches are done, what runs, and how long it takes, at most" {
    cp "$LADDER"/../../scenarios/primary_backup/rung5.json s.json
    sed -i "s#\.\./\.\./#$ROOT/#g; s#\"inputs/#\"$LADDER/inputs/#g" s.json
    cp s.json t.json
    run on_terminal 120 "$LDFI sweep s.json t.json --search exhaustive --max-seconds 1 --jobs 1"
    says "$output" '^sweep: 0 of 2 searches, 0 s, at most 2 s; s for 0 s$'
    says "$output" '^sweep: 1 of 2 searches, 1 s, about 1 s left, at most 1 s; t for 0 s$'
}

@test "a comparison and a bisection, whose ends are not known, say how long at least" {
    run on_terminal 120 "$LDFI compare $LADDER/rung4.json $LADDER/rung5_staggered.json --jobs 1"
    says "$output" '^compare: 1 of 2 searches, [0-9]+ s(, at least [0-9]+ s left)?; rung5_staggered.json for [0-9]+ s$'
    run on_terminal 120 "$LDFI bisect $LADDER/rung1.json $LADDER/rung5_staggered.json --jobs 1"
    says "$output" '^bisect: [1-9] of [0-9]+ searches, [0-9]+ s(, at least [0-9]+ s left)?; .* for [0-9]+ s$'
}

@test "a report says which run it makes again, how long that takes at most, and is gone in the end" {
    write_slow_model
    ldfi 1 run slow.ded -N a,b -t 64 -f 2 -c 0 --db slow.db -q
    run on_terminal 120 "$LDFI report slow.db"
    says "$output" '^report: [0-2] s, at most (2[89]|30) s left; run 1 of [23], time [0-9]+ of 64$'
    says "$output" '^report: [0-9]+ s, (about|at most) [0-9]+ s left; run [23] of [23], time [0-9]+ of 64$'
    script -q -c "$LDFI report slow.db" raw >/dev/null
    # The last thing drawn is taken back before the page is named.
    says "$(tr '\033' '@' <raw | tr -d '\r')" '@\[Kslow.html: [0-9]+ kB, '
    ldfi 0 report slow.db
    equal "$stderr" ''
    run on_terminal 120 "$LDFI report slow.db --quiet"
    equal "$output" ''
}

@test "a long replay says how far it is in time" {
    cat >slow.ded <<'MODEL'
n("a", 0)@1;
n(X, T+1)@next :- n(X, T);
c(X, T)@next :- n(X, T);
c(X, T)@next :- c(X, T);
pre(X) :- c(X, A), c(X, B), c(X, C), A < B, B < C;
post(X) :- c(X, _);
MODEL
    run on_terminal 120 "$LDFI replay slow.ded -N a -t 120 -f 0 -c 0"
    says "$output" '^slow: [0-9]+ s; one run, time [0-9]+ of 120, about [0-9]+ s left$'
    says "$output" 'promise .*kept'
    # Whoever runs it again says so, too, and takes the line away.
    run on_terminal 120 "$LDFI explain slow.ded -N a -t 110 -f 0 -c 1 --crash a,109"
    says "$output" '^slow: [0-9] s; one run, time [0-9]+ of 110, about [0-9]+ s left$'
    says "$output" '^slow under crash\(a,109\): every promise is kept'
}
