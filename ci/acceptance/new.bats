#!/usr/bin/env bats
# `ldfi new`: what it makes runs at once, has the bug that it says and the repair; and it writes over
# nothing and leaves no half of anything.

load common

NEW=$ROOT/harness/new
FAILING=$(dirname "$LDFI")/abuse/failing.so

# The commands that the output names.
next_commands() {
    grep -E '^ +[^ ]+ run ' <<<"$output"
}

# has_bug_and_repair LANGUAGE ENDING: the starting point runs at once, and breaks as it says.
has_bug_and_repair() {
    ldfi 0 new mine --language "$1"
    local first second
    first=$(next_commands | sed -n 1p) second=$(next_commands | sed -n 2p)
    # a sends each copy once, at 1: without the one or the other, b or c never has the write. What is
    # acknowledged is never needed.
    run --separate-stderr bash -c "$first --all --json"
    equal "$status" 1
    local smallest='[.counterexamples[] | [.crashes, (.omissions[] | [.from, .to, .time])]] | sort'
    json '.verdict == "counterexample"' '.complete' \
        "($smallest) == [[[], [\"a\", \"b\", 1]], [[], [\"a\", \"c\", 1]]]"
    ldfi 1 run mine/mine.json --search exhaustive --all --json
    json "($smallest) == [[[], [\"a\", \"b\", 1]], [[], [\"a\", \"c\", 1]]]"

    # The repair is to uncomment one line.
    equal "$(grep -c '// repair: ' "mine/mine.$2")" 1
    sed -i 's,// repair: ,,' "mine/mine.$2"
    ldfi 0 sweep mine
    ldfi 0 run mine/mine.json --search exhaustive
    says "$(head -1 <<<"$output")" '^mine: certified, as expected'

    # Still only a sends: a copy is lost, and a crashes before it sends again. None of the two alone
    # breaks anything.
    run --separate-stderr bash -c "$second --json"
    equal "$status" 1
    json '.counterexamples[0] | [.crashes[].node] == ["a"] and (.omissions | length) == 1
        and .omissions[0].from == "a" and .omissions[0].time == 1'
}

@test "a starting point in Dedalus breaks by one lost message, and its repair by a crash, too" {
    has_bug_and_repair dedalus ded
}

@test "a starting point in C breaks by one lost message, and its repair by a crash, too" {
    has_bug_and_repair c c
}

@test "a starting point in C, and its repair, compile without warnings" {
    local compiler
    ldfi 0 new mine
    sed 's,// repair: ,,' mine/mine.c >repaired.c
    for compiler in cc clang; do
        command -v $compiler >/dev/null || continue
        run $compiler -std=gnu11 -Wall -Wextra -Wconversion -Wshadow -Werror -fsyntax-only \
            -I"$ROOT/harness/native" mine/mine.c repaired.c
        equal "$status:$output" 0:
    done
}

@test "what is made is what the project's own files are, by another name" {
    local language
    for language in c dedalus; do
        ldfi 0 new NAME -l $language
        equal "$(diff -r NAME "$NEW/$language")" ''
        rm -r NAME
        ldfi 0 new my-1st_one -l $language
        refute grep -rq NAME my-1st_one
        equal "$(sed 's/my-1st_one/NAME/g' my-1st_one/my-1st_one.json)" "$(cat "$NEW/$language/NAME.json")"
        rm -r my-1st_one
    done
}

@test "it says which files it made and what to type next, --json in JSON, --quiet nothing" {
    ldfi 0 new mine
    equal "$(grep -oE '^  mine/[^ ]+' <<<"$output" | sort)" "$(find mine -type f | sed 's/^/  /' | sort)"
    equal "$(next_commands)" "  $LDFI run mine/mine.json
  $LDFI run mine/mine.json --crashes 1"
    ldfi 0 new yours --language dedalus --json
    equal "$stderr" ''
    json '.command == "new"' '.status == 0' '.language == "dedalus"' '.folder == "yours"' \
        '.files == ["yours/yours.ded", "yours/yours_inputs.ded", "yours/yours.json"]' \
        ".next == [\"$LDFI run yours/yours.json\", \"$LDFI run yours/yours.json --crashes 1\"]"
    ldfi 0 new ours -q
    equal "$output$stderr" ''
    equal "$(find ours -type f | sort | tr '\n' ' ')" 'ours/ours.c ours/ours.json ours/ours_inputs.ded '
}

@test "a name may stand behind a path, and its folder may be there if it is empty" {
    mkdir empty "a folder"
    ldfi 0 new empty/
    equal "$(cd empty && echo *)" 'empty.c empty.json empty_inputs.ded'
    ldfi 0 new "$PWD/a folder/mine" -l dedalus
    run bash -c "$(next_commands | head -1)"
    equal "$status" 1
    says "$output" '^mine: counterexample, but certified was expected'
    mkdir there && ln -s there link
    ldfi 0 new ./link
    equal "$(cd there && echo *)" 'link.c link.json link_inputs.ded'
}

# refuses MESSAGE ARGUMENT...: an error of the command line, and nothing is written.
refuses() {
    local message=$1 before
    shift
    before=$(find . -printf '%p %y %l\n' | sort; snapshot)
    ldfi 2 new "$@"
    equal "$output" ''
    says "$(head -1 <<<"$stderr")" "^command line:1:[0-9]+: error: .*$message"
    ldfi 2 new --json "$@"
    equal "$stderr" ''
    json ".error.message | test(\"$message\")"
    equal "$(find . -printf '%p %y %l\n' | sort; snapshot)" "$before"
}

@test "what is there is never written over" {
    echo precious >mine
    refuses 'mine is there already' mine
    rm mine && mkdir mine && echo precious >mine/notes
    refuses 'mine is there already, and holds something' mine
    mv mine/notes mine/.hidden
    refuses 'mine is there already, and holds something' mine/
    rm mine/.hidden && mkdir mine/.git
    refuses 'mine is there already, and holds something' mine
    ln -s nowhere link
    refuses 'link is there already' link
    ldfi 0 new twice
    refuses 'twice is there already, and holds something' twice --language dedalus
}

@test "what cannot be a name is refused, with what can" {
    local name
    for name in '' 1st -x .. mine/.. / 'a b' 'x"y' 'naïve' "$(printf 'a\nb')" 'x.'; do
        refuses 'it begins with a letter; letters, digits, - and _ may follow' -- "$name"
    done
    refuses 'leave the ending away' mine.c
    refuses 'leave the ending away' mine.ded
    refuses 'more than 64' "$(printf 'a%.0s' {1..65})"
    ldfi 0 new "$(printf 'a%.0s' {1..64})"
}

@test "a name is needed, one, and a language that there is" {
    refuses 'name one thing to make'
    refuses 'name one thing to make' mine yours
    refuses 'the languages are c and dedalus' mine --language go
    refuses 'needs a value' mine --language
    refuses 'did you mean --language' mine --langauge c
}

@test "a folder that is not there, or that may not be written to, is named" {
    refuses 'cannot make nowhere/mine: No such file' nowhere/mine
    touch file
    refuses 'cannot make file/mine: Not a directory' file/mine
    mkdir locked locked/empty && chmod 555 locked locked/empty
    # root writes everywhere, unless it cannot override permissions.
    local -a as=()
    [ "$(id -u)" -ne 0 ] || as=(setpriv '--bounding-set=-dac_override,-dac_read_search')
    run --separate-stderr "${as[@]}" "$LDFI" new locked/mine
    equal "$status" 2
    says "$stderr" '^command line:1:10: error: cannot make locked/mine: Permission denied'
    run --separate-stderr "${as[@]}" "$LDFI" new locked/empty
    equal "$status" 2
    says "$stderr" '^command line:1:10: error: cannot write to locked/empty: Permission denied'
    chmod 755 locked locked/empty
    equal "$(find locked)" "$(printf 'locked\nlocked/empty')"
}

@test "on a full disk nothing is left, and an empty folder stays" {
    mkdir empty
    local folder
    for folder in mine empty; do
        run --separate-stderr bash -c 'ulimit -f 1; exec "$0" "$@"' "$LDFI" new $folder
        equal "$status" 4
        equal "$output" ''
        says "$stderr" "^command line:1:10: error: cannot write $folder/$folder.c: File too large"
    done
    equal "$(find .)" "$(printf '.\n./empty')"
}

# is_all_or_nothing WHAT HOW: whichever such call fails, the folder is as it is to be, or not there;
# and not there unless all that was left to do is to print. Counts what was left in $left, $whole.
is_all_or_nothing() {
    local call calls status
    export LDFI_FAIL=$1 LDFI_FAIL_HOW=$2
    LDFI_FAIL_COUNT=$PWD/count LD_PRELOAD=$FAILING "$LDFI" new mine --json >/dev/null
    calls=$(<count) left=0 whole=0
    rm -rf count mine
    for ((call = 1; call <= calls; call++)); do
        status=0
        LDFI_FAIL_AT=$call LD_PRELOAD=$FAILING "$LDFI" new mine --json >/dev/null 2>said || status=$?
        echo "$1 $2 $call of $calls: status $status, $(<said)"
        [ "$status" -eq 4 ] || [ "$status" -eq 0 ]
        if [ -e mine ]; then
            whole=$((whole + 1))
            equal "$(diff -r mine sound)" ''
        else
            left=$((left + 1))
            equal "$status" 4
        fi
        rm -rf mine
    done
}

@test "whichever call for memory or for writing fails, all is there or nothing" {
    if is_sanitized; then skip "nothing can be preloaded into a program under ASan"; fi
    local how whole left
    ldfi 0 new mine && mv mine sound
    for how in enospc full; do
        is_all_or_nothing write $how
        # Each of three files is made and written; then the output.
        equal "$left" 6
        [ "$whole" -ge 1 ]
    done
    is_all_or_nothing memory once
    [ "$left" -ge 10 ]
}

@test "of several at once one makes the folder, and the others leave it alone" {
    local language round
    for round in {1..10}; do
        for language in c dedalus c dedalus; do
            { "$LDFI" new mine -l $language -q 2>/dev/null && echo $language >>winners; } &
        done
        wait
        equal "$(wc -l <winners)" 1
        "$LDFI" new other -l "$(<winners)" -q
        equal "$(find mine -type f | sort | sed 's/mine/other/g')" "$(find other -type f | sort)"
        rm -r mine other winners
    done
}
