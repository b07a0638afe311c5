#!/usr/bin/python3
"""Reads what `ldfi export` writes for other programs, without ldfi, and compares it with the messages
of a run in a database.

    check_export.py shiviz|otlp|mermaid FILE DATABASE RUN

Prints what is wrong, and ends with status 1 if anything is.
"""
import collections
import itertools
import json
import re
import sqlite3
import sys
from pathlib import Path

PROBLEMS = []


def check(right, *what):
    if not right:
        PROBLEMS.append(" ".join(map(str, what)))


def messages(database, run):
    """The run's messages: (sent, received, sender, receiver, tuple, fate)."""
    rows = sqlite3.connect(f"file:{database}?mode=ro", uri=True).execute(
        "SELECT sent, received, sender, receiver, tuple, fate FROM messages WHERE run = ?", (run,))
    return list(rows)


def crashes(database, run):
    rows = sqlite3.connect(f"file:{database}?mode=ro", uri=True).execute(
        "SELECT n.name, c.time FROM crash c JOIN execution e ON e.id = c.execution "
        "JOIN node n ON n.search = e.search AND n.number = c.node WHERE e.id = ?", (run,))
    return list(rows)


def same(what, got, wanted):
    got, wanted = collections.Counter(got), collections.Counter(wanted)
    check(got == wanted, what, "missing:", list((wanted - got).elements())[:3], "too many:",
          list((got - wanted).elements())[:3])


# ---- ShiViz ----

def check_shiviz(text, sent, crashed):
    """Clocks are those of happens-before (Mattern 1988): an event's clock has, for each host, the
    number of its events that happen before, itself included."""
    first, second, log = text.split("\n", 2)
    check(second == "", "the second line is for executions")
    events = [match.groupdict() for match in
              re.finditer("^" + first.replace("(?<", "(?P<") + "$", log, re.MULTILINE)]
    check(2 * len(events) == len(log.splitlines()), "lines that the expression does not take")
    wanted = [(s, sender, f"sends {t} to {receiver or 'no node'}" +
               (f": {fate}" if fate != "delivered" else ""))
              for s, _, sender, receiver, t, fate in sent if sender]
    wanted += [(r, receiver, f"receives {t} from {sender or 'no node'}")
               for _, r, sender, receiver, t, _ in sent if r]
    wanted += [(time, node, "CRASHES") for node, time in crashed]
    same("events", [(int(e["time"]), e["host"], e["event"]) for e in events], wanted)
    # Happens-before, from the texts alone: sendings by what, from and to whom and when.
    before, count, last, sendings = [], collections.Counter(), {}, {}
    for number, event in enumerate(events):
        host, time, what = event["host"], int(event["time"]), event["event"]
        known = {number} | (before[last[host]] if host in last else set())
        if match := re.match(r"receives (.*) from (.*)", what):
            cause = sendings.get((match[1], match[2], host, time - 1))
            check(cause is not None or match[2] == "no node", "received before sent:", what)
            known |= before[cause] if cause is not None else set()
        elif match := re.match(r"sends (.*) to (.*)", what):
            sendings[match[1], host, match[2], time] = number
        count[host] += 1
        last[host] = number
        before.append(known)
        hosts = collections.Counter(events[each]["host"] for each in known)
        check(json.loads(event["clock"]) == dict(hosts), "clock of", what, event["clock"])
        check(hosts[host] == count[host], "own clock of", what)
    if len(events) <= 300:  # the clocks order two events as happens-before does, and no others
        clocks = [json.loads(event["clock"]) for event in events]
        for i, j in itertools.permutations(range(len(events)), 2):
            is_less = all(clocks[j].get(h, 0) >= v for h, v in clocks[i].items())
            check(is_less == (i in before[j]), "order of events", i, j)


# ---- OpenTelemetry ----

KEYS = {  # of opentelemetry-proto, as far as ldfi uses them
    "request": {"resourceSpans"}, "resourceSpans": {"resource", "scopeSpans"},
    "resource": {"attributes"}, "scopeSpans": {"scope", "spans"}, "scope": {"name", "version"},
    "spans": {"traceId", "spanId", "parentSpanId", "name", "kind", "startTimeUnixNano",
              "endTimeUnixNano", "attributes", "links", "events", "status"},
    "attributes": {"key", "value"}, "value": {"stringValue", "intValue"},
    "links": {"traceId", "spanId"}, "events": {"timeUnixNano", "name"},
    "status": {"code", "message"},
}


def check_keys(kind, value):
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            check(set(item) <= KEYS[kind], "keys of", kind, sorted(set(item) - KEYS[kind]))
            for key, below in item.items():
                if isinstance(below, (dict, list)):
                    check_keys(key, below)


def attributes(of):
    return {a["key"]: next(iter(a["value"].values())) for a in of.get("attributes", [])}


def check_otlp(text, sent, crashed):
    request = json.loads(text)
    check_keys("request", request)
    spans, services = {}, {}
    for resource in request["resourceSpans"]:
        service = attributes(resource["resource"])["service.name"]
        for span in resource["scopeSpans"][0]["spans"]:
            check(span["spanId"] not in spans, "span id twice", span["spanId"])
            spans[span["spanId"]], services[span["spanId"]] = span, service
    check(len({span["traceId"] for span in spans.values()}) == 1, "more than one trace")
    got, steps = [], collections.Counter()
    for span in spans.values():
        check(re.fullmatch("[0-9a-f]{32}", span["traceId"]) and span["traceId"] != 32 * "0",
              "trace id", span["traceId"])
        check(re.fullmatch("[0-9a-f]{16}", span["spanId"]) and span["spanId"] != 16 * "0",
              "span id", span["spanId"])
        check(isinstance(span["startTimeUnixNano"], str) and isinstance(span["endTimeUnixNano"], str)
              and int(span["startTimeUnixNano"]) < int(span["endTimeUnixNano"]), "times", span)
        check("parentSpanId" not in span or span["parentSpanId"] in spans, "no parent", span)
        for link in span.get("links", []):
            check(link["spanId"] in spans and link["traceId"] == span["traceId"], "no such link", link)
        start = int(span["startTimeUnixNano"]) // 10 ** 9
        about = attributes(span)
        if "ldfi.tuple" in about:
            received = about.get("ldfi.received")
            parent = spans[span["parentSpanId"]]
            got.append((int(about["ldfi.sent"]), int(received) if received else None,
                        about.get("ldfi.from"), about.get("ldfi.to"), about["ldfi.tuple"],
                        about["ldfi.fate"]))
            check(start == int(about["ldfi.sent"]), "time of", about)
            check(("status" in span) == about["ldfi.fate"].startswith("lost"), "status of", about)
            check("ldfi.from" not in about or
                  (services[span["spanId"]] == about["ldfi.from"] ==
                   services[span["parentSpanId"]] and parent["name"] == f"step {start}"),
                  "parent of", about)
        elif "ldfi.promise" not in about:
            steps[services[span["spanId"]], start] += 1
            causes = [span["parentSpanId"], *(link["spanId"] for link in span["links"])]
            arrived = sorted(attributes(spans[each])["ldfi.tuple"] for each in causes
                             if "ldfi.tuple" in attributes(spans[each]))
            check(arrived == sorted(t for _, r, _, to, t, _ in sent
                                    if r == start and to == services[span["spanId"]]),
                  "causes of", services[span["spanId"]], span["name"], arrived)
            for event in span.get("events", []):
                check((services[span["spanId"]], int(event["timeUnixNano"]) // 10 ** 9) in crashed,
                      "crash at", span["name"])
    same("messages", got, sent)
    check(sum(len(span.get("events", [])) for span in spans.values()) == len(crashed), "crashes")
    check(set(steps.values()) <= {1}, "steps twice")
    check(set(steps) == {(f, s) for s, _, f, _, _, _ in sent if f} |
          {(to, r) for _, r, _, to, _, _ in sent if r} | set(crashed), "steps")


# ---- Mermaid ----

ARROWS = {"->>": ("delivered",), "-x": ("lost by omission", "lost by crash"), "-)": ("in flight",)}
TEXT = r"(?:[A-Za-z0-9 _.,()]|#[0-9]+;)+"
MESSAGE = r"(?:[A-Za-z0-9 _.,()\"]|#[0-9]+;)+"


def decode(text):
    return re.sub("#([0-9]+);", lambda match: chr(int(match[1])), text)


def check_mermaid(text, sent, crashed):
    """With all messages (--repeats): each line is one of a few forms of Mermaid's grammar."""
    names, time, got, gone = {}, 0, [], []
    first, *lines = text.splitlines()
    check(first == "sequenceDiagram", first)
    for line in lines:
        if match := re.fullmatch(f"  participant (n[0-9]+) as ({TEXT})", line):
            names[match[1]] = decode(match[2])
        elif match := re.fullmatch(f"  (n[0-9]+)(->>|-x|-\\))(n[0-9]+): ({MESSAGE})", line):
            label, _, fate = decode(match[4]).partition(" (lost")
            fate = ("lost" + fate).rstrip(")") if fate else "delivered"
            if label.endswith(" (in flight)"):
                label, fate = label[:-len(" (in flight)")], "in flight"
            check(fate in ARROWS[match[2]], "arrow of", line)
            got.append((time, names[match[1]], names[match[3]], label, fate))
        elif match := re.fullmatch("  Note over n0(?:,n([0-9]+))?: time ([0-9]+)", line):
            check(int(match[2]) > time, "time goes back:", line)
            time = int(match[2])
        elif match := re.fullmatch(f"  Note over (n[0-9]+): ({TEXT}) CRASHES", line):
            gone.append((decode(match[2]), time))
            check(names[match[1]] == gone[-1][0], line)
        else:
            check(False, "no line of Mermaid:", line)
    same("messages", got, [(s, f, to, t, fate) for s, _, f, to, t, fate in sent if f != to])
    same("crashes", gone, crashed)


def main():
    kind, path, database, run = sys.argv[1:]
    globals()[f"check_{kind}"](Path(path).read_text(), messages(database, run), crashes(database, run))
    print("\n".join(PROBLEMS[:10]), end="\n" if PROBLEMS else "")
    return 1 if PROBLEMS else 0


if __name__ == "__main__":
    sys.exit(main())
