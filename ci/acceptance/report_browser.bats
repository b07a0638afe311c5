#!/usr/bin/env bats
# The page of `ldfi report` in Debian's Chromium (ci/browser/check.mjs says what is looked at).

load common

# Makes the pages of rung 3, and of what bisect and compare say. Without what ci/setup browser
# fetches, nothing is looked at.
setup_file() {
    export MISSING=
    [ -d "$BATS_TEST_DIRNAME/../browser/node_modules/playwright-core" ] && command -v chromium >/dev/null ||
        MISSING="type 'ci/setup browser'"
    cd "$ROOT" || return 1
    local to=$BATS_FILE_TMPDIR ladder=scenarios/primary_backup
    ldfi 0 run $ladder/rung3.json --all --db "$to/rung3.db" -q
    ldfi 0 report "$to/rung3.db" -q
    ldfi 0 bisect $ladder/rung1.json $ladder/rung2.json --resume "$to/versions.db" -q
    ldfi 1 compare models/primary_backup/rung{2,3}.ded $ladder/rung3.json --db "$to/versions.db" -q
    ldfi 0 report "$to/versions.db" -q
}

# look CHECK FILE [MORE]: looks at a page.
look() {
    [ -z "$MISSING" ] || skip "$MISSING"
    run timeout 60 node "$ROOT/ci/browser/check.mjs" "$@"
    echo "$output"
    [ "$status" -eq 0 ]
}

@test "the overview says what was asked and answered; runs are sorted and filtered" {
    look overview "$BATS_FILE_TMPDIR/rung3.html"
}

@test "good and bad run stand side by side, with losses, crashes, windows and the first difference" {
    look diagram "$BATS_FILE_TMPDIR/rung3.html"
}

@test "a click on a time shows what was known then" {
    look time "$BATS_FILE_TMPDIR/rung3.html"
}

@test "a click on a message shows why it was sent, and where it was cut" {
    look lineage "$BATS_FILE_TMPDIR/rung3.html"
}

@test "lineage of a promise is a graph in which what the faults cut is marked" {
    look graph "$BATS_FILE_TMPDIR/rung3.html"
}

@test "each fact has the lineage that the database gives it" {
    query "$BATS_FILE_TMPDIR/rung3.db" "SELECT fact, time, rule, premise_is, premise, premise_time FROM why WHERE premise IS NOT NULL
        AND run = (SELECT min(run) FROM runs WHERE kind = 'counterexample')" >why.txt
    look why "$BATS_FILE_TMPDIR/rung3.html" why.txt
}

@test "all of it is done by keyboard alone" {
    look keyboard "$BATS_FILE_TMPDIR/rung3.html"
}

@test "versions: what bisect and compare said" {
    look versions "$BATS_FILE_TMPDIR/versions.html"
}

@test "it is read at 360 points and at 4K, in light and dark, and printed" {
    look looks "$BATS_FILE_TMPDIR/rung3.html" "$BATS_FILE_TMPDIR/versions.html"
}

@test "without Graphviz trees remain, and the page says so" {
    PATH= run "$LDFI" report "$BATS_FILE_TMPDIR/rung3.db" -q -o trees.html
    look trees trees.html
}

@test "texts of a stranger run no script" {
    local bad='</script><script>window.hacked=1</script><img src=x onerror=window.hacked=1>'
    local line_end=$'\u2028'
    local payload="<b>&amp;'\\\` \${window.hacked=1} <!-- ]]> $line_end $bad"
    local model="<img src=x onerror=window.hacked=1>&'.ded"
    cat >"$model" <<MODEL
knows("a", "$bad")@1;
knows(N, M)@next :- knows(N, M);
$(printf 'says(M, "%s")@async :- knows(_, M);' "$payload")
heard(N, P)@next :- says(N, P);
heard(N, P)@next :- heard(N, P);
pre(P) :- knows(_, M), says(M, P);
pre(P)@next :- pre(P);
post(P) :- heard(_, P);
MODEL
    jq -n --arg model "$model" --arg bad "$bad" '{model: [$model], nodes: ["a", $bad], eot: 4, eff: 3, crashes: 1}' \
        >"<script>window.hacked=1<.json"
    run "$LDFI" run "<script>window.hacked=1<.json" --all --db hostile.db -q
    [ "$status" -le 1 ]
    sqlite3 hostile.db "INSERT INTO comparison (kind, report) VALUES
        ('bisect', json_object('sentence', '$bad', 'bug', json_object('text', '$bad'), 'versions', json_array(json_object('version', '$bad', 'verdict', '$bad')))),
        ('compare', json_object('old', '$bad', 'scenarios', 7, 'sum', NULL));
        INSERT INTO result (key, scenario, choice, version, verdict, vacuous, eot, eff, crashes, runs, smallest, done, report, seconds)
        VALUES ('$bad', '$bad', '$bad', '$bad', 'certified', 0, 1, 1, 1, 1, '$bad', 1, '$bad', 1);
        UPDATE search SET version = '$bad'; UPDATE execution SET faults = faults || '$bad'; UPDATE broken SET tuple = '$bad'"
    mv hostile.db "$model.db"
    ldfi 0 report "$model.db" -q -o hostile.html
    printf '%s\n' "$bad" "$model" "$model.db" "<b>&amp;'" "<!-- ]]> " >wanted.txt
    refute grep -q '<img\|<b>\|</script><script>window' hostile.html
    refute grep -q "$line_end" hostile.html
    look hostile hostile.html wanted.txt
}

@test "5,000 runs and 50,000 messages open within three seconds; what is left out says so" {
    ldfi 3 run "$ROOT/scenarios/delivery/retry_6_3_0.json" --search random --runs 5000 --db big.db -q
    # With 4,000 more it is more than the page has room for.
    sqlite3 big.db "INSERT INTO execution (search, kind, promise, faults, recorded)
        SELECT search, kind, promise, 'no faults', 0 FROM execution WHERE kind = 'hypothesis' LIMIT 4000"
    ldfi 0 report big.db -q
    look big big.html
    says "$output" '^9001 runs, (99[0-9]{3}|100000) messages; open after [0-9]+ ms'
}

@test "a counterexample for which the page has no room left has its messages, and says so" {
    write_slow_model
    # 230,300 firings and some more: with the run without faults it is more than 400,000.
    ldfi 1 run slow.ded -N a,b -t 50 -f 2 -c 0 --db slow.db -q
    ldfi 0 report slow.db -q
    look large slow.html
}

@test "a lineage that has no graph, or is larger than its graph, says how many there are at most" {
    write_many_model
    ldfi 1 run many.ded -N a,b -t 4 -f 3 -c 1 --all --db many.db -q
    ldfi 0 report many.db -q
    look many many.html
    write_deep_model
    ldfi 0 run deep.ded -N b -t 100 -f 0 -c 0 --db deep.db -q
    ldfi 0 report deep.db -q
    look deep deep.html
}

@test "a promise of nothing is said to be one" {
    sed 's/^pre(.*/pre(Node) :- knows(Node, Node);/; s/^post(.*/post(Node) :- knows(Node, Node);/' \
        <(write_kept_model && cat kept.ded) >vacuous.ded
    ldfi 0 run vacuous.ded -N a,b -t 3 -f 2 -c 1 --db vacuous.db -q
    ldfi 0 report vacuous.db -q
    look vacuous vacuous.html
}

@test "a capture is drawn, with its crashes and without a promise" {
    ldfi 0 export "$ROOT/scenarios/primary_backup/rung3.json" --crash c,3 --pcap run.pcap
    ldfi 0 import --pcap run.pcap --db run.db
    ldfi 0 report run.db -q
    look capture run.html
}

@test "databases with nothing in them, and with results of sweeps alone" {
    ldfi 0 sweep "$ROOT"/scenarios/delivery/classic_{5_3_0,6_0_2}.json --db results.db -q
    ldfi 0 report results.db -q
    look results results.html
    sqlite3 results.db 'DELETE FROM result; DELETE FROM shard'
    ldfi 0 report results.db -q
    look empty results.html
}
