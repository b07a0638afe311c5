#!/usr/bin/env bats
# Errors in models look as a compiler's: all of them at once, each with its line and a caret.
# And `ldfi check`, which shows them without running anything.

load common

BOUNDS="-N a,b -t 3 -f 2 -c 0"

@test "each error comes with its source line and a caret below its column" {
    printf '%s\n' 'p("a", 1)@1;' 'pre(X) :- p(_, X);' 'post(X) :- p(_, X);' \
        $'\tq(N, Y) :- p(N, X);' >model.ded
    ldfi 2 check model.ded $BOUNDS
    equal "$(sed -n 1p <<<"$stderr" | cut -d' ' -f1)" model.ded:4:7:
    equal "$(sed -n 2p <<<"$stderr")" $'     4 | \tq(N, Y) :- p(N, X);'
    equal "$(sed -n 3p <<<"$stderr")" $'       | \t     ^'
    equal "$(wc -l <<<"$stderr")" 3
}

@test "a parser that met an error goes on: independent errors are all reported, in order" {
    cat >model.ded <<'END'
p("a", 1)@1
q(N X) :- p(N, X);
r(N, X) :- p(N, X);
s(N, X) : p(N, X);
t(N, X) :- p(N, X),;
pre(X) :- p(_, X);
post(X) :- p(_, X);
END
    ldfi 2 check model.ded $BOUNDS
    # The semicolon that line 1 lacks is missed at line 2; line 3 is right.
    equal "$(grep -oE '^model.ded:[0-9]+' <<<"$stderr" | sort -u | xargs)" \
        "model.ded:2 model.ded:4 model.ded:5"
    equal "$(grep -E '^model.ded' <<<"$stderr" | sort -t: -k2n)" "$(grep -E '^model.ded' <<<"$stderr")"
}

@test "twenty errors are shown and the rest is counted" {
    { for i in $(seq 25); do echo "q$i(N, Y) :- p(N, X);"; done
      echo 'p("a", 1)@1; pre(X) :- p(_, X); post(X) :- p(_, X);'; } >model.ded
    ldfi 2 check model.ded $BOUNDS
    equal "$(grep -cE '^model.ded:[0-9]+:[0-9]+: error: ' <<<"$stderr")" 20
    says "$stderr" '5 more errors'
    ldfi 2 check model.ded $BOUNDS --json
    json '.errors | length == 20' '.error == .errors[0]'
}

@test "an error in an included file names that file" {
    mkdir parts
    echo 'q(N, Y) :- p(N, X);' >parts/wrong.ded
    printf '%s\n' 'include "parts/wrong.ded";' 'p("a", 1)@1;' 'pre(X) :- p(_, X);' \
        'post(X) :- p(_, X);' >model.ded
    ldfi 2 check model.ded $BOUNDS
    says "$(head -1 <<<"$stderr")" '^parts/wrong.ded:1:6: error: '
}

@test "every error of a scenario is reported, too" {
    echo '{"model": 1, "nodes": 2, "eott": 3}' >scenario.json
    ldfi 2 check scenario.json
    equal "$(grep -c '^scenario.json:1:[0-9]*: error: ' <<<"$stderr")" 3
}

@test "check accepts what run accepts, without running it" {
    write_kept_model
    ldfi 0 check kept.ded $BOUNDS
    says "$output" '^kept: well formed'
    ldfi 0 check kept.ded $BOUNDS --quiet
    equal "$output$stderr" ""
    ldfi 0 check kept.ded $BOUNDS --json
    json '.tool == "ldfi"' '.scenario == "kept"'
    # The error of this one is in the run, not in the model.
    printf '%s\n' 'p("a", 0)@1; q(N, 1 / X) :- p(N, X);' 'pre(X) :- p(_, X); post(X) :- p(_, X);' \
        >divides.ded
    ldfi 0 check divides.ded $BOUNDS
    ldfi 2 run divides.ded $BOUNDS
}

@test "a node that no fact names is a warning" {
    write_kept_model
    ldfi 0 check kept.ded -N a,b,unknown -t 3 -f 2 -c 0
    says "$stderr" 'warning: .*unknown'
}

@test "a message to something that is no node is a warning" {
    printf '%s\n' 'p("a", "nobody")@1; q(X, N)@async :- p(N, X);' \
        'pre(X) :- p(_, X); post(X) :- p(_, X);' >model.ded
    ldfi 0 run model.ded -N a -t 2 -f 0 -c 0
    says "$stderr" 'warning: .*no node.*q\("nobody", "a"\)'
}

@test "help and version are printed when asked for" {
    for command in run replay check; do
        ldfi 0 $command --help
        says "$output" "^usage: ldfi $command"
    done
    ldfi 0 --help
    says "$output" 'usage: ldfi COMMAND'
    ldfi 0 --version
    says "$output" '^ldfi [0-9]+\.[0-9]+'
    ldfi 2
    equal "$output" ""
}
