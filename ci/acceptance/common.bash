# What the acceptance tests share. They run the program named by LDFI (build/ldfi without it) in a
# folder of their own, which is empty at first.
# shellcheck shell=bash disable=SC2154  # output, stderr and status are set by bats' run
bats_require_minimum_version 1.5.0

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
LDFI=$(realpath "${LDFI:-$ROOT/build/ldfi}")
DELIVERY=$ROOT/models/delivery
export NO_COLOR= TERM=xterm

setup() {
    mkdir "$BATS_TEST_TMPDIR/work" && cd "$BATS_TEST_TMPDIR/work" || return 1 # bats uses the folder above
}

# ldfi STATUS ARGUMENT...: runs ldfi, which must end with this status; fills $output and $stderr.
ldfi() {
    local wanted=$1
    shift
    run --separate-stderr timeout 60 "$LDFI" "$@"
    [ "$status" -eq "$wanted" ] && return
    printf 'ldfi %s\nends with status %s instead of %s\n%s\n%s\n' \
        "$*" "$status" "$wanted" "$output" "$stderr"
    return 1
}

# json EXPRESSION...: $output must be one object, of which each is true.
json() {
    local expression
    for expression; do
        # Of no input at all some versions of jq find everything true; hence -s.
        jq -es "length == 1 and (.[0] | $expression)" >/dev/null <<<"$output" && continue
        printf 'not so: %s\nin: %s\n' "$expression" "$output"
        return 1
    done
}

# says TEXT REGEX: the text must hold the (extended) regular expression.
says() {
    grep -Eq -- "$2" <<<"$1" && return
    printf 'nothing like: %s\nin: %s\n' "$2" "$1"
    return 1
}

# equal GOT WANTED
equal() {
    [ "$1" = "$2" ] && return
    printf 'got:    %s\nwanted: %s\n' "$1" "$2"
    return 1
}

# refute COMMAND...: the command must fail. (A plain `!` does not fail a test.)
refute() {
    if "$@"; then
        printf 'should have failed: %s\n' "$*"
        return 1
    fi
}

# query FILE SQL: what a database answers; asking changes no file.
query() {
    sqlite3 -readonly -bail "$1" "$2"
}

# The JSON of a run without its only part that may differ between runs; `seconds` is its last key.
without_seconds() {
    sed '/"seconds"/,$d'
}

# Everything below the current folder with its content.
snapshot() {
    find . -type f -exec sha256sum {} + | sort
}

# A program under ASan reserves more address space than a limit on it can allow.
is_sanitized() {
    grep -q __asan_init "$LDFI"
}

# unless_sanitized: what takes minutes under a sanitizer, and walks code that smaller tests walk, too.
unless_sanitized() {
    ! is_sanitized || skip "too long under a sanitizer"
}

# A model that keeps its promise whatever happens: kept.ded for nodes a and b.
write_kept_model() {
    cat >kept.ded <<'MODEL'
knows("a", "b")@1;
knows(Node, Other)@next :- knows(Node, Other);
hello(Other, Node)@async :- knows(Node, Other);
pre(Node, Other) :- knows(Node, Other);
post(Node, Other) :- knows(Node, Other);
MODEL
}

# A model whose promise breaks when the last node crashes, at whatever time: silent.ded. Nothing is
# ever sent, so that nothing but the fact `crash` tells the times apart.
write_silent_model() {
    cat >silent.ded <<'MODEL'
watches("a", "b")@1;
watches(Node, Other)@next :- watches(Node, Other);
pre(Other) :- watches(_, Other);
post(Other) :- watches(Node, Other), notin crash(Node, Other, _);
MODEL
}

# write_slow_model: slow.ded, in which each three of t - 1 values fire `pre` at time t: all together
# EOT over 4 times. Without its one message the promise is broken.
write_slow_model() {
    cat >slow.ded <<'MODEL'
n("b", 0)@1;
n(X, T+1)@next :- n(X, T);
c(X, T)@next :- n(X, T);
c(X, T)@next :- c(X, T);
start("a", "b")@1;
go(B)@async :- start(A, B);
came(B)@next :- go(B);
came(B)@next :- came(B);
pre(X) :- c(X, A), c(X, B), c(X, C), A < B, B < C;
post(X) :- came(X);
MODEL
}

# write_many_model: many.ded, of which the run without faults has 50 facts of pre and of post; without
# its one message none of post.
write_many_model() {
    {
        printf 'k("b", %d)@1;\n' $(seq 50)
        cat <<'MODEL'
k(N, I)@next :- k(N, I);
start("a", "b")@1;
go(B)@async :- start(A, B);
came(B)@next :- go(B);
came(B)@next :- came(B);
pre(N, I) :- k(N, I);
post(N, I) :- k(N, I), came(N);
MODEL
    } >many.ded
}

# write_deep_model: deep.ded, in which post at time 100 rests on one fact of each time.
write_deep_model() {
    cat >deep.ded <<'MODEL'
n("b", 0)@1;
n(N, T+1)@next :- n(N, T);
pre(N) :- n(N, 99);
post(N) :- n(N, 99);
MODEL
}
