#!/usr/bin/env bats
# `ldfi import`: packet captures as runs. The captures are those of ci/wireshark/captures: a token
# that goes from a to b, from b to c and from c to a, over all kinds of links.

load common

export PYTHONDONTWRITEBYTECODE=1

setup_file() {
    "$ROOT/ci/wireshark/captures" "$BATS_FILE_TMPDIR/captures"
}

# By hand: a sends at step 1; b has it at 2 and sends at 2; c has it at 3 and sends at 3.
TOKENS='1|2|a|b|token("b", "a", 1)|delivered
2|3|b|c|token("c", "b", 2)|delivered
3|4|c|a|token("a", "c", 3)|delivered'

messages() { # DATABASE
    query "$1" "SELECT sent, received, sender, receiver, tuple, fate FROM messages ORDER BY message"
}

# import STATUS ARGUMENT...: into new.db
import() {
    local wanted=$1
    shift
    rm -f new.db new.db-wal new.db-shm
    ldfi "$wanted" import "$@" --db new.db
}

# udp NAME 'FROM:PORT TO:PORT SECONDS JSON'...: makes NAME, a capture of these datagrams.
udp() {
    python3 - "$@" <<'END'
import struct, sys, ipaddress
path, *datagrams = sys.argv[1:]
text = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101)
for datagram in datagrams:
    start, end, seconds, payload = datagram.split(" ", 3)
    payload = payload.encode()
    (a, p), (b, q) = (each.split(":") for each in (start, end))
    packet = struct.pack("!BBHHHBBH", 0x45, 0, 28 + len(payload), 0, 0, 64, 17, 0) + \
        ipaddress.ip_address(a).packed + ipaddress.ip_address(b).packed + \
        struct.pack("!HHHH", int(p), int(q), 8 + len(payload), 0) + payload
    micros = round(float(seconds) * 1e6)
    text += struct.pack("<IIII", micros // 10 ** 6, micros % 10 ** 6, len(packet), len(packet)) + packet
open(path, "wb").write(text)
END
}

@test "messages are found whatever link, network and transport carried them" {
    local captures=$BATS_FILE_TMPDIR/captures file count=0
    for file in "$captures"/whole/*; do
        echo "$file"
        import 0 --pcap "$file" --map "$captures/map.json" --quiet
        equal "$(messages new.db)" "$TOKENS"
        count=$((count + 1))
    done
    [ "$count" -ge 30 ]
}

@test "what is no message is counted by its name, with its first frame" {
    local captures=$BATS_FILE_TMPDIR/captures file messages what
    while IFS='|' read -r file messages what; do
        echo "$file: $what"
        import 0 --pcap "$captures/odd/$file.pcap" --map "$captures/map.json"
        says "$output" "$what"
        equal "$(query new.db 'SELECT count(*) FROM messages')" "$messages"
        import 0 --pcap "$captures/odd/$file.pcap" --map "$captures/map.json" --json
        json '.not_taken | length >= 1' ".messages == $messages"
    done <<'END'
arp|3|^  frames without IP: 1 \(first: frame 4\)$
icmp|3|^  packets of neither UDP nor TCP: 1 \(first: frame 4, IP protocol 1\)$
no_json|3|^  payloads, or parts of them, that are no JSON objects: 1 \(first: frame 4\)$
half_json|3|^  JSON objects without their end: 1 \(first: frame 4\)$
bad_json|3|^  JSON objects with mistakes: 1 \(first: frame 4\)$
no_name|3|^  JSON objects without the name of a message: 1 \(first: frame 4, type\)$
stranger|3|^  messages from or to an address of no node: 1 \(first: frame 4, 0\.0\.0\.0:7000\)$
short_ip|3|^  packets with headers that cannot be: 1 \(first: frame 4, IPv4\)$
long_udp|3|^  packets with headers that cannot be: 1 \(first: frame 4, UDP\)$
tiny_header|3|^  packets with headers that cannot be: 1 \(first: frame 4, IPv4\)$
fragment_alone|3|^  fragments of datagrams that are not whole: 1 \(first: frame 4, datagram 9\)$
fragments_twice|3|^  fragments of datagrams that are not whole: 70 \(first: frame 4, datagram 9\)$
cut|3|^  frames cut off when they were captured: 1 \(first: frame 4, payload\)$
gap|4|^  gaps in TCP streams: 1 \(first: frame 6, 91 bytes\)$
broken_off|5|^  the file breaks off: 1 \(first: frame 5, truncated dump file
long|999|^  messages beyond the last step: 101 \(first: frame 1000, from step 1001 on\)$
END
}

@test "what was put right is counted by its name, with its first frame, and is no message lost" {
    local captures=$BATS_FILE_TMPDIR/captures file count frame what
    while IFS='|' read -r file count frame what; do
        echo "$file: $what"
        import 0 --pcap "$captures/whole/$file.pcap" --map "$captures/map.json"
        equal "$(grep -c '^  ' <<<"$output")" 1
        says "$output" "^  $what: $count \(first: frame $frame[),]"
        import 0 --pcap "$captures/whole/$file.pcap" --map "$captures/map.json" --json
        json ".put_right | length == 1 and (.[0] | .what == \"$what\" and .count == $count and .first_frame == $frame)" \
            '.not_taken == []' '.messages == 3'
    done <<'END'
unordered|2|2|frames with a time before that of an earlier frame, put right
tcp_unordered|6|2|TCP segments out of order, put right
fragments|9|1|fragments of datagrams, put together
fragments_backwards|9|1|fragments of datagrams, put together
ipv6_fragments|6|1|fragments of datagrams, put together
END
    # What is lost, in a gap or alone, is not put right; and where all is in order, nothing is.
    for file in odd/gap odd/fragment_alone odd/fragments_twice whole/tcp whole/tcp_bytes whole/raw; do
        import 0 --pcap "$captures/$file.pcap" --map "$captures/map.json" --json
        json '.put_right == []'
    done
}

@test "segments that come again, shapes that cannot be and what is beyond limits are counted" {
    local captures=$BATS_FILE_TMPDIR/captures
    # Of each of three streams, after SYN and the first segment, the third is that segment again.
    import 0 --pcap "$captures/whole/tcp_repeated.pcap" --map "$captures/map.json" --json
    json '.not_taken == [{what: "TCP segments that were there before", count: 3, first_frame: 3, example: ""}]'
    # to-ken and to_ken are both to_ken, with one field and with two: the second is not taken.
    jq '.arguments = {"token": ["round"], "to-ken": ["round"], "to_ken": ["round", "type"]}' "$captures/map.json" >map.json
    import 0 --pcap "$captures/odd/shape.pcap" --map map.json --json
    json '.not_taken == [{what: "messages whose fields cannot be taken", count: 1, first_frame: 5, example: "to_ken"}]' \
        '.messages == 4'
    # A message and a crash of ldfi's own that lack what they need.
    udp own.pcap '10.0.0.1:1 10.0.0.2:1 1 {"ldfi": 1, "kind": "message", "name": "m", "from": "a", "to": "b", "sent": 1, "fate": "delivered", "arguments": ["b"]}' \
        '10.0.0.1:1 10.0.0.2:1 2 {"ldfi": 1, "kind": "message", "name": "m", "from": "a", "to": "b", "sent": 1, "fate": "eaten", "arguments": ["b"]}' \
        '10.0.0.1:1 10.0.0.2:1 3 {"ldfi": 1, "kind": "crash", "node": "a"}'
    import 0 --pcap own.pcap --json
    json '.not_taken == [{what: "messages whose fields cannot be taken", count: 2, first_frame: 2, example: "message"}]' \
        '.messages == 1'
    # 1000 relations are pre, post, crash, token and 996 names: of 1000 names, 4 are too many.
    import 0 --pcap "$captures/odd/names.pcap" --map "$captures/map.json" --json
    json '.not_taken == [{what: "messages beyond a limit", count: 4, first_frame: 1000, example: "too many names of messages"}]' \
        '.messages == 999'
    # An object of over 2^20 bytes, 32768 a frame: these are full after the 32nd segment, and over by
    # the 33rd. What stands behind it on a line of its own is taken.
    import 0 --pcap "$captures/odd/huge.pcap" --map "$captures/map.json" --json
    json '.not_taken | map(select(.what == "messages beyond a limit")) == [{what: "messages beyond a limit", count: 1, first_frame: 37, example: "an object of over 1 MB"}]' \
        '.messages == 4'
}

@test "a file that is no capture, or has no message, is an error, and there is no database" {
    local captures=$BATS_FILE_TMPDIR/captures
    import 2 --pcap "$captures/odd/no_capture.pcap" --map "$captures/map.json"
    says "$stderr" '^command line:1:13: error: cannot read .*no_capture.pcap: this is no packet capture'
    import 2 --pcap "$captures/odd/no_ip.pcap" --map "$captures/map.json"
    says "$stderr" 'error: .* the capture is of USB with Linux header, in which libpcap finds no IP'
    import 2 --pcap nowhere.pcap --map "$captures/map.json"
    says "$stderr" 'error: cannot read nowhere.pcap: No such file'
    import 2 --pcap "$captures/whole/raw.pcap"
    says "$stderr" 'has no message in its 3 frames; captures that ldfi did not export need --map'
    says "$stderr" 'JSON objects without the name of a message: 3'
    [ ! -e new.db ]
}

@test "a message rests on what its sender had received, and its rule's line is its frame" {
    local captures=$BATS_FILE_TMPDIR/captures
    import 0 --pcap "$captures/whole/ethernet.pcap" --map "$captures/map.json"
    equal "$(query new.db "SELECT fact, time, line, premise, premise_time FROM why
                           WHERE fact LIKE 'token%' ORDER BY time")" \
        'token("b", "a", 1)|2|1||
token("c", "b", 2)|3|2|seen("b", 1)|2
token("a", "c", 3)|4|3|seen("c", 1)|3'
    equal "$(query new.db "SELECT fact, time, line, premise, premise_time FROM why
                           WHERE fact = 'seen(\"c\", 1)'")" 'seen("c", 1)|3|2|token("c", "b", 2)|3'
    # All that a sender has received counts, not the last alone: here b hears from a, then from c.
    udp two.pcap '10.0.0.1:1 10.0.0.2:1 1 {"type": "x"}' '10.0.0.3:1 10.0.0.2:1 2 {"type": "y"}' \
        '10.0.0.2:1 10.0.0.1:1 3 {"type": "z"}'
    import 0 --pcap two.pcap --map "$captures/map.json"
    equal "$(query new.db "WITH RECURSIVE rests (fact) AS (VALUES ('z(\"a\", \"b\", \"null\")') UNION
                           SELECT premise FROM why JOIN rests USING (fact) WHERE premise IS NOT NULL)
                           SELECT fact FROM rests ORDER BY 1")" \
        'seen("b", 2)
x("b", "a", "null")
y("b", "c", "null")
z("a", "b", "null")'
    # And what was received before an earlier message stays.
    udp three.pcap '10.0.0.1:1 10.0.0.2:1 1 {"type": "x"}' '10.0.0.2:1 10.0.0.3:1 2 {"type": "y"}' \
        '10.0.0.1:1 10.0.0.2:1 3 {"type": "x", "round": 2}' '10.0.0.2:1 10.0.0.3:1 4 {"type": "z"}'
    import 0 --pcap three.pcap --map "$captures/map.json"
    equal "$(query new.db "SELECT premise FROM why WHERE fact = 'seen(\"b\", 2)' ORDER BY 1")" \
        'seen("b", 1)
x("b", "a", 2)'
    ldfi 0 why new.db 'z(c, b, _)'
    says "$output" '\(three.pcap:4\), sent by b at 3$'
    import 0 --pcap two.pcap --map "$captures/map.json"
    # ldfi reads it back, and draws it.
    ldfi 0 export new.db --mermaid - --dot lineage.dot
    says "$output" 'n1->>n0: z\("a", "b", "null"\)'
    says "$(cat lineage.dot)" 'two.pcap:3'
}

@test "what is exported and imported again is the same run" {
    run timeout 60 "$LDFI" run "$ROOT/scenarios/primary_backup/rung3.json" --db rung3.db --record all --all --quiet
    run timeout 60 "$LDFI" run "$DELIVERY/retry.ded" -N a,b,c -t 4 -f 2 -c 1 --db retry.db --record all --all --quiet
    local database run
    while read -r database run; do
        ldfi 0 export "$database" --run "$run" --pcap run.pcap
        import 0 --pcap run.pcap --quiet
        query "$database" "SELECT message, sent, received, sender, receiver, tuple, fate FROM messages
                           WHERE run = $run ORDER BY message" >wanted
        query new.db "SELECT message, sent, received, sender, receiver, tuple, fate FROM messages
                      ORDER BY message" >got
        diff got wanted
        [ -s got ]
        equal "$(query new.db 'SELECT faults FROM runs')" \
            "$(query "$database" "SELECT faults FROM runs WHERE run = $run")"
        equal "$(query new.db 'SELECT group_concat(name) FROM node')" \
            "$(query "$database" "SELECT group_concat(name) FROM node WHERE search = 1")"
        # A message rests on what had arrived when it was sent, and on nothing later.
        equal "$(query new.db 'SELECT count(*) FROM why WHERE rode_on IS NOT NULL AND premise_time >= time')" 0
        # And once more, from the capture that was read back.
        ldfi 0 export new.db --pcap again.pcap
        rm new.db
        import 0 --pcap again.pcap --quiet
        equal "$(query new.db 'SELECT faults FROM runs')" \
            "$(query "$database" "SELECT faults FROM runs WHERE run = $run")"
        query new.db "SELECT message, sent, received, sender, receiver, tuple, fate FROM messages
                      ORDER BY message" | diff - wanted
    done < <(query rung3.db "SELECT 'rung3.db', run FROM runs WHERE recorded LIMIT 5" | tr '|' ' '
             query retry.db "SELECT 'retry.db', run FROM runs WHERE recorded" | tr '|' ' ')
}

@test "a map names nodes by address and port, takes fields of fields, and leaves other names out" {
    udp x.pcap '10.0.0.9:1 10.0.0.9:2 1 {"m": {"kind": "put"}, "n": 1.5, "deep": {"er": [1, "x"]}}' \
        '10.0.0.9:2 10.0.0.7:5 2 {"m": {"kind": "put"}, "n": -3, "deep": {"er": true}} {"m": {"kind": "ping"}}' \
        '10.0.0.7:5 10.0.0.9:1 3 {"m": {"kind": "crash"}, "to": null}'
    echo '{"nodes": {"10.0.0.9:1": "a", "10.0.0.9": "b"}, "others": "client", "name": "m.kind",
           "arguments": {"put": ["n", "deep.er"], "crash": ["to"]}}' >map.json
    import 0 --pcap x.pcap --map map.json
    equal "$(messages new.db)" '1|2|a|b|put("b", "a", "1.5", "[1,"x"]")|delivered
2|3|b|client|put("client", "b", -3, "true")|delivered
3|4|client|a|crash_message("a", "client", "null")|delivered'
    says "$output" '^  messages of names that the map does not have: 1 \(first: frame 2, ping\)$'
}

@test "a map may take nodes from fields, and steps from the clock" {
    udp x.pcap '10.0.0.1:1 10.0.0.2:1 10 {"type": "x", "src": "a", "dst": "b"}' \
        '10.0.0.1:1 10.0.0.2:1 10.024 {"type": "x", "src": "b", "dst": "c"}' \
        '10.0.0.1:1 10.0.0.2:1 10.05 {"type": "x", "src": "c", "dst": "z"}'
    echo '{"nodes": {"10.0.0.1": "a", "10.0.0.2": "b", "10.0.0.3": "c"}, "from": "src", "to": "dst",
           "arguments": [], "step": "5ms"}' >map.json
    import 0 --pcap x.pcap --map map.json
    # 24 ms are four whole steps and a part: the fifth.
    equal "$(messages new.db)" '1|2|a|b|x("b", "a")|delivered
5|6|b|c|x("c", "b")|delivered'
    says "$output" '^  messages from or to what is no node: 1 \(first: frame 3, z\)$'
}

@test "the first line says how many nodes sent or received, of how many" {
    udp x.pcap '10.0.0.1:1 10.0.0.2:1 1 {"type": "x"}' '10.0.0.1:1 10.0.0.3:1 2 {"type": "x"}'
    udp self.pcap '10.0.0.1:1 10.0.0.1:2 1 {"type": "x"}'
    echo '{"nodes": {"10.0.0.1": "a", "10.0.0.2": "b", "10.0.0.3": "c", "10.0.0.4": "d"}}' >map.json
    import 0 --pcap x.pcap --map map.json
    says "$output" '^x.pcap: 2 frames \(Raw IP\), 2 messages from or to 3 of 4 nodes, steps 1 to 2$'
    echo '{"nodes": {"10.0.0.1": "a"}}' >map.json
    import 0 --pcap self.pcap --map map.json
    says "$output" '^self.pcap: 1 frame \(Raw IP\), 1 message from or to 1 of 1 node, steps 1 to 2$'
}

@test "of a large capture the terminal shows what is read, how much of it, and what is done then" {
    # 100000 messages, of a hundred fields that take time to read and that the map does not want.
    python3 - <<'END'
import struct
def frame(i):
    payload = b'{"type": "x", "round": %d' % i + b', "more": 1' * 100 + b"}"
    packet = struct.pack("!BBHHHBBH4B4BHHHH", 0x45, 0, 28 + len(payload), 0, 0, 64, 17, 0, 10, 0, 0, 1,
                         10, 0, 0, 2, 1, 1, 8 + len(payload), 0) + payload
    return struct.pack("<IIII", 1, 0, len(packet), len(packet)) + packet
header = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101)
open("large.pcap", "wb").write(header + b"".join(map(frame, range(8))) * 12500)
END
    echo '{"nodes": {"10.0.0.1": "a", "10.0.0.2": "b"}}' >map.json
    on_terminal() {
        script -q -e -c "stty cols 120; $1" /dev/null | tr '\r' '\n' | sed 's/\x1b\[K//g'
    }
    run on_terminal "$LDFI import --pcap large.pcap --map map.json --db new.db"
    says "$output" '^import: [0-9]+ frames, [0-9]+ s, [0-9]+ % of the file, about [0-9]+ s left, reading large.pcap$'
    says "$output" '^import: 100000 messages, [0-9]+ s, making a run of them$'
    says "$output" '^import: 100000 messages, [0-9]+ s, writing new.db$'
    # All frames are as long: the share of the frames is that of the bytes but for what is read ahead.
    sed -nE 's/^import: ([0-9]+) frames, .* s, ([0-9]+) % .*/\1 \2/p' <<<"$output" | tr -d '\r' |
        awk '{ off = $2 - $1 / 1000; if (off < -1 || off > 1) { print; wrong = 1 } } END { exit wrong || NR == 0 }'
    # What comes through a pipe has no share that is known; and without a terminal there is nothing.
    run on_terminal "cat large.pcap | $LDFI import --pcap /dev/stdin --map map.json --db new.db"
    says "$output" '^import: [0-9]+ frames, [0-9]+ s, reading /dev/stdin$'
    run on_terminal "$LDFI import --pcap large.pcap --map map.json --db new.db --quiet"
    equal "$output" ''
}

@test "only the frames that are wanted are looked at" {
    local captures=$BATS_FILE_TMPDIR/captures frames wanted
    while read -r frames wanted; do
        import 0 --pcap "$captures/odd/long.pcap" --map "$captures/map.json" --frames "$frames"
        equal "$(query new.db 'SELECT min(line), max(line), count(DISTINCT line) FROM rule')" "$wanted"
    done <<'END'
1000- 1000|1100|101
17 17|17|1
2-5 2|5|4
END
    import 2 --pcap "$captures/odd/long.pcap" --map "$captures/map.json" --frames 5-2
    says "$stderr" '^command line:1:[0-9]+: error: '
}

@test "each import is a run of its own in the database" {
    local captures=$BATS_FILE_TMPDIR/captures
    import 0 --pcap "$captures/whole/tcp.pcap" --map "$captures/map.json"
    says "$output" '^new.db: run 1$'
    ldfi 0 import --pcap "$captures/whole/ipv6.pcap" --map "$captures/map.json" --db new.db
    says "$output" '^new.db: run 2$'
    equal "$(query new.db 'SELECT scenario, run, kind FROM runs ORDER BY run')" 'tcp|1|capture
ipv6|2|capture'
    ldfi 0 export new.db --run 1 --mermaid -
    says "$output" 'n2->>n0: token'
}

@test "mistakes in a map are errors with a place, and the schema finds them, too" {
    local captures=$BATS_FILE_TMPDIR/captures wrong right
    valid() {
        python3 -c 'import json, jsonschema, sys
jsonschema.validate(json.load(open("map.json")), json.load(open(sys.argv[1])))' "$ROOT/ci/wireshark/map.schema.json" 2>/dev/null
    }
    while read -r wrong; do
        echo "map: $wrong"
        echo "$wrong" >map.json
        import 2 --pcap "$captures/whole/raw.pcap" --map map.json
        says "$(head -1 <<<"$stderr")" '^map.json:[0-9]+:[0-9]+: error: '
        refute valid
    done <<'END'
[]
{}
{"nodes": {}}
{"nodes": {"10.0.0.1": 1}}
{"nodes": {"10.0.0.1:port": "a"}}
{"nodes": {"10.0.0.1": "a"}, "other": "b"}
{"nodes": {"10.0.0.1": "a"}, "arguments": ["x", 1]}
{"nodes": {"10.0.0.1": "a"}, "arguments": {"x": "y"}}
{"nodes": {"10.0.0.1": "a"}, "step": "soon"}
{"nodes": {"10.0.0.1": "a"}, "name": 1}
{"nodes": {"10.0.0.1": "a"}, "payload": "protobuf"}
{"nodes": {"10.0.0.1": "a"}
END
    while read -r right; do
        echo "map: $right"
        echo "$right" >map.json
        import 0 --pcap "$captures/whole/raw.pcap" --map map.json
        valid
    done <<'END'
{"nodes": {"10.0.0.1": "a", "10.0.0.2:7000": "b"}, "others": "c"}
{"nodes": {"10.0.0.1": "a", "[::1]:7": "b", "::1": "b"}, "others": "b", "payload": "json", "step": "1.5s"}
END
    import 2 --pcap "$captures/whole/raw.pcap" --map nowhere.json
    says "$stderr" '^command line:1:[0-9]+: error: cannot read nowhere.json'
    ldfi 2 import --pcap "$captures/whole/raw.pcap"
    ldfi 2 import --db new.db
}
