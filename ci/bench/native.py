"""Protocols in C: how fast the simulator is, and what they take beside the same ones as rules."""

import json

import ask
import measure
import table

SCENARIOS = measure.REPOSITORY / "scenarios"
RULES, NATIVE = SCENARIOS / "primary_backup", SCENARIOS / "primary_backup_c"
CALLS_GOAL = 200_000  # handler calls a second and core, with lineage
QUICK = ("rung1", "rung3")
LONG = ("rung5b",)  # left to the three searches

CALLS_TEXT = """\
The good run of rung 5 in C again and again in one process ([`firings.c`](firings.c)), one core; seconds of the processor, medians of {rounds}
rounds, in turns. A run has {calls} calls of handlers, {facts} facts and {firings} firings: the simulation with its trace, reading that, and, with recording, all firings with their
premises. In a search it takes a process, too, which serves all its runs. The goal is {goal} calls a second and core with recording: {met}.
"""

TEXT = """\
The same protocol as rules and in C, the same scenarios, lineage search: executions (runs, and in brackets checks that a counterexample is minimal), and
seconds of the search itself, of quick ones the median of {repetitions}. *Ratio* is seconds in C over seconds as rules.
"""


def run_calls(firings, quick, progress):
    progress("handler calls per second")
    done = measure.run([measure.program(firings), NATIVE / "rung5.json",
                        *((3, 0.05) if quick else (9, 0.5))])
    if done.status != 0:
        raise SystemExit(f"ci/bench: {firings}: {done.errors}")
    return json.loads(done.output)


def report_calls(found):
    met = found["recorded"]["calls_per_second"] >= CALLS_GOAL
    text = CALLS_TEXT.format(rounds=found["rounds"], calls=found["calls"],
                             facts=table.count(found["facts"]),
                             firings=table.count(found["firings"]), goal=table.count(CALLS_GOAL),
                             met="met" if met else "**missed**")
    rows = [[name, *(table.count(round(found[kind][f"{what}_per_second"]))
                     for what in ("calls", "facts", "runs")),
             f"{found[kind]['slowest']:.0f} to {found[kind]['fastest']:.0f}"]
            for name, kind in (("good run, with recording", "recorded"),
                               ("good run, without", "unrecorded"))]
    return text + "\n" + table.markdown(
        ["rung 5 in C", ">calls/s", ">facts/s", ">runs/s", ">slowest to fastest round, runs/s"],
        rows)


def pairs(quick):
    """(name, as rules, in C) of the scenarios that both have."""
    found = [(path.stem, RULES / path.name, path) for path in sorted(NATIVE.glob("*.json"))
             if (RULES / path.name).exists()]
    return [pair for pair in found if pair[0] not in LONG and (not quick or pair[0] in QUICK)]


def run(ldfi, seconds_max, quick, progress):
    """[(name, answer as rules, answer in C)]"""
    results = []
    for name, rules, native in pairs(quick):
        progress(f"{name}, as rules and in C")
        results.append((name, *(ask.search(ldfi, [path], "lineage", seconds_max)
                                for path in (rules, native))))
    return results


def executions(answer):
    return table.count(answer.runs) + (f" ({answer.checks})" if answer.checks else "")


def report(results):
    rows = []
    for name, rules, native in results:
        both = rules.finished() and native.finished()
        rows.append([name, rules.shown_verdict(), executions(rules), table.seconds(rules.seconds),
                     native.shown_verdict(), executions(native), table.seconds(native.seconds),
                     table.ratio(native.seconds / max(rules.seconds, 1e-9) if both else None)])
    return (TEXT.format(repetitions=ask.repetitions) + "\n" +
            table.markdown(["scenario", "as rules", ">runs", ">s", "in C", ">runs", ">s", ">ratio"],
                           rows))


def disagreements(results):
    return [f"{name}: as rules {rules.shown_verdict()}, in C {native.shown_verdict()}"
            for name, rules, native in results
            if rules.failed or native.failed or
            (rules.finished() and native.finished() and rules.verdict != native.verdict)]
