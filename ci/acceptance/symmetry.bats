#!/usr/bin/env bats
# Nodes that are alike: found, checked when declared, and searched once.

load common

# A master m keeps a set of members; who crashes is out. Members note when they heard how many are
# left; that number must never grow. TAG makes b another than c and d, to no effect.
write_members() { # FILE TAG CONDITION
    cat >"$1" <<END
in("m", "b")@1; in("m", "c")@1; in("m", "d")@1; $2
clock("m", 1)@1; clock(M, T+1)@next :- clock(M, T);
in(M, R)@next :- in(M, R), notin fails(M, R);
fails(M, R) :- crash(M, R, K), clock(M, K), in(M, R);
view(M, count<R>) :- in(M, R);
told(R, N, T)@async :- view(M, N), in(M, R), clock(M, T);
note(R, N, T) :- told(R, N, T);
note(R, N, T)@next :- note(R, N, T);
grown(R, T, U) :- note(R, N, T), note(R, X, U), $3;
grown(R, T, U)@next :- grown(R, T, U);
pre(R) :- in(_, R);
post(R) :- in(_, R), notin bad(R);
bad(R) :- grown(R, T, U), T < U;
END
}

members() { # WANTED FILE [OPTION...]
    local wanted=$1 file=$2
    shift 2
    ldfi "$wanted" run "$file" --nodes m,b,c,d --immune m --eot 16 --eff 0 --crashes 2 --json "$@"
}

alike() { # FILE [OPTION...]
    ldfi 0 check "$@" --nodes m,b,c,d --immune m --eot 8 --eff 0 --crashes 1 --json
    jq -c .alike <<<"$output"
}

scenario() { # FILE ALIKE IMMUNE
    cat >scenario.json <<END
{"model": ["$1"], "nodes": ["m", "b", "c", "d"], "immune": $3, "eot": 8, "eff": 0, "crashes": 1, "alike": $2}
END
}

@test "nodes that are alike are searched once, and the verdict is that of the exhaustive search" {
    write_members alike.ded '' 'N < X'
    write_members tagged.ded 'tag("b")@1;' 'N < X'
    members 0 alike.ded
    json '.verdict == "certified"'
    local runs
    runs=$(jq .runs <<<"$output")
    members 0 tagged.ded
    json '.verdict == "certified"' ".runs > 2 * $runs"
    members 0 alike.ded --search exhaustive
    json '.verdict == "certified"' ".runs > 4 * $runs"
}

@test "all counterexamples are listed, those under other names too" {
    write_members broken.ded '' 'N > X, N > 2, X < 2'
    members 1 broken.ded --all
    jq '.counterexamples' <<<"$output" >lineage.json
    json '[.counterexamples[].crashes[].node] | unique == ["b", "c", "d"]'
    members 1 broken.ded --all --search exhaustive
    jq '.counterexamples' <<<"$output" >exhaustive.json
    cmp lineage.json exhaustive.json
}

@test "one input, one constant, or an order of names makes a difference" {
    write_members alike.ded '' 'N < X'
    equal "$(alike alike.ded)" '[["b","c","d"]]'
    write_members other.ded 'tag("b")@1;' 'N < X'
    equal "$(alike other.ded)" '[["c","d"]]'
    write_members other.ded 'tag("c")@2; tag("b")@1; tag("d")@1;' 'N < X'
    equal "$(alike other.ded)" '[["b","d"]]'
    write_members other.ded '' 'N < X, R != "d"'
    equal "$(alike other.ded)" '[["b","c"]]'
    write_members other.ded 'least(M, min<R>) :- in(M, R);' 'N < X'
    equal "$(alike other.ded)" '[]'
    write_members other.ded 'pair(M, R, S) :- in(M, R), in(M, S), R < S;' 'N < X'
    equal "$(alike other.ded)" '[]'
    write_members other.ded 'pair(M, R, S) :- in(M, R), in(M, S), R != S;' 'N < X'
    equal "$(alike other.ded)" '[["b","c","d"]]'
}

@test "check names nodes that are alike" {
    write_members alike.ded '' 'N < X'
    ldfi 0 check alike.ded --nodes m,b,c,d --immune m --eot 8 --eff 0 --crashes 1
    says "$output" '^  alike: b c d$'
}

@test "a declaration that is right changes nothing, a false one is an error that says why" {
    write_members alike.ded '' 'N < X'
    scenario alike.ded '[["b", "c", "d"]]' '["m"]'
    ldfi 0 run scenario.json
    scenario alike.ded '[["c", "d"], ["b"]]' '["m"]'
    ldfi 0 run scenario.json
    scenario alike.ded '[["b", "m"]]' '["m"]'
    ldfi 2 run scenario.json
    says "$stderr" '^scenario.json:1:.*b and m are not alike: one of them is immune'
    scenario alike.ded '[["b", "m"]]' '[]'
    ldfi 2 run scenario.json
    says "$stderr" 'b and m are not alike: the program does not state this fact.*alike.ded:1'
    write_members other.ded '' 'N < X, R != "d"'
    scenario other.ded '[["b", "c"], ["c", "d"]]' '["m"]'
    ldfi 2 run scenario.json
    says "$stderr" 'c and d are not alike: this rule names one of them \(.*other.ded:9'
    scenario alike.ded '[["b", "x"]]' '["m"]'
    ldfi 2 check scenario.json
    says "$stderr" 'x is to be like others but is no node'
    scenario alike.ded '["b", "c"]' '["m"]'
    ldfi 2 check scenario.json
    says "$stderr" '"alike" must be a list of lists of nodes'
}
