#!/usr/bin/env bats
# `ldfi export`: what other programs read is what the database has.

load common

CHECK=$ROOT/ci/acceptance/check_export.py
export PYTHONDONTWRITEBYTECODE=1

# A crash and an omission, messages under way at the end and, in names and values, all that a format
# could stumble over.
write_ugly() {
    cat >ugly.ded <<'MODEL'
go("end", "x;y #1", 7)@1;   go("a b", "é'q\", 9007199254740993)@2;   go("end", "a b", 0)@1;
m(To, From, N, "50% {'a': [1]} -->> <b> `!` : # ; &lt;i&gt; &amp;amp; &#35; & &")@async :- go(From, To, N);
again(To, From)@async :- go(From, To, _);
go(From, To, N)@next :- go(From, To, N), notin stop(From);
stop(N)@next :- go(N, _, 7);
lost(To)@async :- nowhere(From, To);
nowhere("end", "nobody")@1;
pre(X) :- m(X, _, _, _);
post(X) :- m(X, _, _, _), notin again(X, "a b");
MODEL
    cat >ugly.json <<'END'
{"model": ["ugly.ded"], "nodes": ["end", "a b", "x;y #1", "é'q\\"], "eot": 4, "eff": 3, "crashes": 1}
END
    echo '{"omissions": [{"from": "end", "to": "a b", "time": 1}], "crashes": [{"node": "a b", "time": 3}]}' >faults.json
}

# search FILE.db SCENARIO: all runs of a search, recorded.
search() {
    local database=$1
    shift
    run timeout 60 "$LDFI" run "$@" --db "$database" --record all --all --quiet
    [ "$status" -le 1 ]
}

# run_of FILE.db FAULTS: the number of the recorded run with these faults.
run_of() {
    query "$1" "SELECT min(run) FROM runs WHERE faults = '$2' AND recorded"
}

# dissect FILE FIELD...: the fields of each datagram, as tshark and the dissector see them.
dissect() {
    local file=$1 fields=() field
    shift
    for field; do fields+=(-e "$field"); done
    tshark -X "lua_script:$ROOT/ci/wireshark/ldfi.lua" -r "$file" -o ip.check_checksum:TRUE \
        -o udp.check_checksum:TRUE -T fields -E separator='|' -E aggregator=';' "${fields[@]}" 2>tshark.log
}

@test "a capture has every message of the run in the database, with every field" {
    search rung3.db "$ROOT/scenarios/primary_backup/rung3.json"
    search retry.db "$DELIVERY/retry.ded" -N a,b,c -t 4 -f 2 -c 1
    write_ugly
    search ugly.db ugly.json
    local database run
    while read -r database run; do
        echo "$database, run $run"
        ldfi 0 export "$database" --run "$run" --pcap run.pcap
        dissect run.pcap ldfi.run ldfi.message ldfi.sent ldfi.received ldfi.from ldfi.to ldfi.tuple \
            ldfi.fate ldfi.kind | sed -n 's/|message$//p' >got
        query "$database" "SELECT run, message, sent, received, sender, receiver, tuple, fate
                           FROM messages WHERE run = $run ORDER BY message" >wanted
        diff got wanted
        [ -s wanted ]
        dissect run.pcap ldfi.kind ldfi.node ldfi.time | sed -n 's/^crash|//p' >got
        query "$database" "SELECT n.name, c.time FROM crash c JOIN node n ON n.number = c.node
                           AND n.search = 1 WHERE c.execution = $run" >wanted
        diff got wanted
    done < <(echo "rung3.db $(run_of rung3.db 'crash(c,3)')"
             echo "retry.db $(run_of retry.db 'omit(a,b,1) crash(a,2)')"
             query ugly.db "SELECT 'ugly.db', run FROM runs WHERE recorded" | tr '|' ' ')
}

@test "names and arguments of a message are fields of their own, integers of any size exact" {
    write_ugly
    ldfi 0 export ugly.json --faults faults.json --pcap run.pcap
    dissect run.pcap ldfi.sent ldfi.name ldfi.argument ldfi.fate >got
    grep -Fx "1|m|a b;end;0;50% {'a': [1]} -->> <b> \`!\` : # ; &lt;i&gt; &amp;amp; &#35; & &|lost by omission" got
    grep -Fx "2|m|é'q\\;a b;9007199254740993;50% {'a': [1]} -->> <b> \`!\` : # ; &lt;i&gt; &amp;amp; &#35; & &|delivered" got
    grep -Fx "3|again|é'q\\;a b|lost by crash" got
    grep -Fx '1|lost|nobody|to no node' got
    equal "$(dissect run.pcap ldfi.scenario ldfi.eot | head -1)" 'ugly|4'
}

@test "each datagram has right checksums, its node's address and the time at which it was sent" {
    ldfi 0 export "$ROOT/scenarios/primary_backup/rung3.json" --crash c,3 --pcap run.pcap
    # The nodes are a b c C M, in this order.
    dissect run.pcap ip.checksum.status udp.checksum.status _ws.malformed ldfi.kind frame.time_epoch \
        ldfi.sent ip.src ldfi.from ip.dst ldfi.to | grep '|message|' >got
    awk -F'|' '
        BEGIN { split("a b c C M", names, " "); for (i in names) address[names[i]] = "10.0.0." i }
        $1 != 1 || $2 != 1 || $3 != "" || int($5) != $6 || $7 != address[$8] || $9 != address[$10]' got >wrong
    cat wrong
    [ ! -s wrong ]
    equal "$(wc -l <got)" 122
    # Lost messages and crashes are marked for people, too.
    equal "$(tshark -X "lua_script:$ROOT/ci/wireshark/ldfi.lua" -r run.pcap -Y ldfi.lost 2>tshark.log | wc -l)" 1
    equal "$(tshark -X "lua_script:$ROOT/ci/wireshark/ldfi.lua" -r run.pcap -Y ldfi.crashed 2>tshark.log | wc -l)" 1
}

@test "the dissector calls what is none of ours malformed" {
    "$ROOT/ci/wireshark/captures" made
    sed 's/^local PORT = 5334/local PORT = 7000/' "$ROOT/ci/wireshark/ldfi.lua" >other.lua
    refute cmp -s other.lua "$ROOT/ci/wireshark/ldfi.lua"
    run tshark -X lua_script:other.lua -r made/whole/raw.pcap -Y ldfi.malformed
    equal "$(grep -c '7000' <<<"$output")" 3
    refute grep -q 'Lua Error' <<<"$output"
}

@test "ShiViz's log has every event, and its clocks are those of happens-before" {
    search rung3.db "$ROOT/scenarios/primary_backup/rung3.json"
    write_ugly
    search ugly.db ugly.json
    local database run
    while read -r database run; do
        ldfi 0 export "$database" --run "$run" --shiviz run.log
        run "$CHECK" shiviz run.log "$database" "$run"
        equal "$output" ""
        equal "$status" 0
    done < <(echo "rung3.db $(run_of rung3.db 'crash(c,3)')"
             query ugly.db "SELECT 'ugly.db', run FROM runs WHERE recorded" | tr '|' ' ')
    # The check can fail: a clock that is one too large.
    sed -i '0,/":1/s//":2/' run.log
    run "$CHECK" shiviz run.log "$database" "$run"
    equal "$status" 1
}

@test "OpenTelemetry's spans are every message and every step, below what they come from" {
    search rung3.db "$ROOT/scenarios/primary_backup/rung3.json"
    write_ugly
    search ugly.db ugly.json
    local database run
    while read -r database run; do
        ldfi 0 export "$database" --run "$run" --otlp run.json
        run "$CHECK" otlp run.json "$database" "$run"
        equal "$output" ""
        equal "$status" 0
    done < <(echo "rung3.db $(run_of rung3.db 'crash(c,3)')"
             query ugly.db "SELECT 'ugly.db', run FROM runs WHERE recorded" | tr '|' ' ')
    # The same run is the same trace wherever it is exported; another run is another.
    run=$(run_of rung3.db 'crash(c,3)')
    ldfi 0 export rung3.db --run "$run" --otlp run.json
    ldfi 0 export rung3.db --run "$run" --otlp -
    equal "$output" "$(cat run.json)"
    ldfi 0 export rung3.db --run 1 --otlp -
    refute [ "$(jq -r '.. | .traceId? // empty' <<<"$output" | sort -u)" = \
        "$(jq -r '.. | .traceId? // empty' run.json | sort -u)" ]
}

@test "a sequence diagram is Mermaid, has every message, and marks losses and crashes" {
    search rung3.db "$ROOT/scenarios/primary_backup/rung3.json"
    search retry.db "$DELIVERY/retry.ded" -N a,b,c -t 4 -f 2 -c 1
    local database faults run
    while IFS='|' read -r database faults; do
        run=$(run_of "$database" "$faults")
        ldfi 0 export "$database" --run "$run" --repeats --mermaid run.mmd
        run "$CHECK" mermaid run.mmd "$database" "$run"
        equal "$output" ""
        equal "$status" 0
    done <<'END'
rung3.db|crash(c,3)
retry.db|omit(a,b,1) crash(a,2)
END
    ldfi 0 export rung3.db --run "$(run_of rung3.db 'crash(c,3)')" --mermaid -
    says "$output" '^  Note over n0: 108 messages that repeat those of the step before are not drawn$'
    says "$output" '^  n2-xn1: rep\("b", "c", 1, "w1"\) \(lost by crash\)$'
    write_ugly
    ldfi 0 export ugly.json --faults faults.json --mermaid -
    says "$output" '^  participant n2 as x#59;y #35;1$'
    says "$output" '^  participant n3 as #233;#39;q#92;$'
}

# graph FILE.dot: its edges between labels, a line each, drawn by Graphviz itself.
graph() {
    dot -Tdot_json "$1" | jq -r '[.objects[] | .label] as $names
        | .edges[] | "\($names[.tail]) > \($names[.head])"' | sort
}

@test "the graph of a fact's lineage has what it rests on and nothing else" {
    cat >small.ded <<'MODEL'
p("a", "b")@1;
p(X, Y)@next :- p(X, Y);
m(Y, X)@async :- p(X, Y), notin off(X);
q(X) :- m(X, _);
other("a")@1;
pre("done") :- q(_);
post("done") :- q(_);
MODEL
    ldfi 0 export small.ded -N a,b -t 3 -f 0 -c 0 --dot small.dot --fact 'q("b")@2'
    graph small.dot >got
    # By hand: q("b")@2 by line 4 from m("b", "a")@2, which came by line 3 from p("a", "b")@1 where
    # nothing was off.
    cat >wanted <<'END'
m("b", "a")\n@ 2 > small.ded:4
no off("a")\n@ 1 > small.ded:3\na to b, sent at 1
p("a", "b")\n@ 1 > small.ded:3\na to b, sent at 1
small.ded:3\na to b, sent at 1 > m("b", "a")\n@ 2
small.ded:4 > q("b")\n@ 2
END
    diff got wanted
    # At the end, pre and post by default; what holds in a row is drawn once.
    ldfi 0 export small.ded -N a,b -t 3 -f 0 -c 0 --dot small.dot
    graph small.dot >got
    grep -Fx 'q("b")\n@ 3 > small.ded:6' got
    grep -Fx 'q("b")\n@ 3 > small.ded:7' got
    grep -Fx 'p("a", "b")\n@ 1-2 > small.ded:3\na to b, sent at 2' got
    refute grep -q other got
    ldfi 0 export small.ded -N a,b -t 3 -f 0 -c 0 --dot again.dot --fact 'pre(_)@3' --fact 'post ( "done" )'
    diff again.dot small.dot
}

@test "a space-time graph has its nodes side by side, time downwards and an arrow a message" {
    ldfi 1 replay "$DELIVERY/retry.ded" -N a,b,c -t 4 -f 2 -c 1 --omit a,b,1 --crash a,2
    ldfi 0 export "$DELIVERY/retry.ded" -N a,b,c -t 4 -f 2 -c 1 --omit a,b,1 --crash a,2 \
        --repeats --dot run.dot --of space-time
    neato -n -Tdot_json run.dot 2>warnings | jq -r '[.objects[]] as $all | .objects[] |
        "\(.label) \(.name) \(.pos)"' >nodes
    equal "$(cat warnings)" ""
    # Columns from left to right, rows from top to bottom.
    equal "$(sed -n 's/.* node[0-2] \([0-9]*\),.*/\1/p' nodes | sort -nc 2>&1 | wc -l)" 0
    equal "$(sed -n 's/.* time[1-4] [0-9]*,\([0-9]*\).*/\1/p' nodes | sort -rnc 2>&1 | wc -l)" 0
    equal "$(grep -c '^X ' nodes)" 1
    # a sends to b and c at times 1 to 4: one is lost by the omission, one arrives, six are lost.
    neato -n -Tdot_json run.dot | jq -r '[.objects[].name] as $n | .edges[] | select((.label // "") != "") |
        "\($n[.tail]) \($n[.head])"' >arrows
    equal "$(wc -l <arrows)" 8
    equal "$(grep -c '^at0_[1-4] end[0-9]*$' arrows)" 7
    equal "$(grep -c '^at0_1 at2_2$' arrows)" 1
}

@test "pictures are SVG, of what was asked for" {
    local scenario=$ROOT/scenarios/primary_backup/rung3.json
    ldfi 0 export "$scenario" --crash c,3 --svg lineage.svg --of space-time --svg space.svg --dot space.dot
    python3 -c 'import sys, xml.etree.ElementTree as tree
for path in sys.argv[1:]: assert tree.parse(path).getroot().tag.endswith("}svg")' lineage.svg space.svg
    grep -q 'digraph space_time' space.dot
    says "$(cat space.svg)" '>rep\(&quot;b&quot;, &quot;c&quot;, 1, &quot;w1&quot;\)<'
    says "$(cat lineage.svg)" '>holds\(&quot;b&quot;, 1, &quot;w2&quot;\)<'
    refute grep -q '>lost by crash<' lineage.svg
    # --of counts for what stands before it where no graph stands behind.
    ldfi 0 export "$scenario" --dot one.dot --of space-time
    grep -q 'digraph space_time' one.dot
}

# drawn FILE.svg: every text that it shows, a line each.
drawn() {
    python3 -c 'import sys, xml.etree.ElementTree as tree
for each in tree.parse(sys.argv[1]).iter("{http://www.w3.org/2000/svg}text"): print(each.text)' "$1"
}

@test "a picture shows texts as they are, whatever Graphviz makes of their characters" {
    write_ugly
    local message="m(\"é'q\\\", \"a b\", 9007199254740993, \"50% {'a': [1]} -->> <b> \`!\` : # ; &lt;i&gt; &amp;amp; &#35; & &\")" of
    for of in lineage space-time; do
        echo "$of"
        ldfi 0 export ugly.json --faults faults.json --fact 'm(_, _, _, _)@3' --of "$of" \
            --svg ugly.svg --dot ugly.dot
        grep -q "^digraph ${of/-/_} " ugly.dot
        drawn ugly.svg >texts
        cat texts
        grep -Fx "$message" texts
        # Whoever draws the graph by himself sees the same.
        dot -Tsvg ugly.dot >again.svg
        drawn again.svg | diff - texts
    done
}

@test "without Graphviz a picture is an error that says what is missing, and no file" {
    mkdir empty
    run --separate-stderr env PATH="$PWD/empty" "$LDFI" export "$ROOT/scenarios/primary_backup/rung1.json" --svg x.svg
    equal "$status" 4
    says "$stderr" 'error: the program dot is not installed; on Debian: apt-get install graphviz'
    [ ! -e x.svg ]
}

@test "several exports in one command, one of them to standard output" {
    ldfi 0 export "$DELIVERY/retry.ded" -N a,b -t 3 -f 0 -c 0 --mermaid - --dot a.dot --otlp a.json \
        --shiviz a.log --pcap a.pcap
    says "$output" '^sequenceDiagram'
    local file
    for file in a.dot a.json a.log a.pcap; do [ -s "$file" ]; done
}

@test "an entry of the corpus is exported with its faults" {
    ldfi 0 export "$ROOT/scenarios/corpus/rung3-crash_c_3.json" --mermaid -
    says "$output" 'Note over n2: c CRASHES'
}

@test "wrong words are errors with their places, and nothing is written" {
    local scenario=$ROOT/scenarios/primary_backup/rung1.json words
    while read -r words; do
        echo "words: $words"
        ldfi 2 export "$scenario" $words
        says "$(head -1 <<<"$stderr")" '^command line:1:[0-9]+: error: '
        equal "$output" ""
        [ ! -e out ]
    done <<'END'

--dot - --otlp -
--dot out --of nothing
--dot out --fact nothing(1)
--dot out --fact rep(a,c,1,w1)@99
--dot out --fact rep(a,c
--dot nowhere/out
--otlp out --run 1
--pcap
END
    ldfi 2 export "$scenario" --dot out --fact 'rep(a, c, _)@1'
    says "$stderr" 'error: rep\(a, c, _\)@1 does not hold in the run at time 1'
}

@test "a message that no datagram holds is an error, and its capture is not written" {
    { printf 'say("a", "b", "'; head -c 70000 /dev/zero | tr '\0' x; printf '")@1;\n'; } >long.ded
    cat >>long.ded <<'MODEL'
m(Y, X, T)@async :- say(X, Y, T);
pre(X) :- m(X, _, _);
post(X) :- m(X, _, _);
MODEL
    ldfi 2 export long.ded -N a,b -t 3 -f 0 -c 0 --pcap long.pcap
    says "$stderr" 'error: a message of time 1 takes [0-9]+ bytes, and a datagram holds 65507'
    [ ! -e long.pcap ]
}

@test "a disk that is full is the machine's failure" {
    [ -c /dev/full ] || skip "no /dev/full"
    ldfi 4 export "$DELIVERY/retry.ded" -N a,b -t 3 -f 0 -c 0 --otlp /dev/full
    says "$stderr" 'error: cannot write /dev/full'
    [ -c /dev/full ]
}
