"""How fast the executor is, and what the store costs."""

import json
import tempfile
from pathlib import Path

import ask
import measure
import table

RUNG5 = measure.REPOSITORY / "scenarios/primary_backup/rung5.json"
FIRINGS_GOAL = 4e6  # a second and core
STORE_GOAL = 1.10
STORED = ("primary_backup/rung5.json", "primary_backup/rung5_one_lost.json",
          "primary_backup/rung4.json", "kafka/replication_7_4_1.json")

FIRINGS_TEXT = """\
The good run of rung 5 again and again in one process ([`firings.c`](firings.c)), one core; seconds of the processor, medians of {rounds}
rounds, in turns. A firing is one application of a rule; a run has {firings} of them, {facts} facts (the
executor's own relations included) and {messages} messages. Each is a
whole run: a search, which takes what it can from earlier ones, needs less (*ms each* under Growth). The goal is {goal} million recorded firings a second and core: {met}.
"""

STORE_TEXT = """\
The same lineage search with `--db` and without, in turns, {repetitions} times each; medians of the seconds of the whole process. Recorded are the good run and
counterexamples, as by default. The goal is a ratio of at most {goal}.
"""


def run_firings(firings, quick, progress):
    progress("firings per second")
    done = measure.run([measure.program(firings), RUNG5, *((3, 0.05) if quick else (9, 0.5))])
    if done.status != 0:
        raise SystemExit(f"ci/bench: {firings}: {done.errors}")
    return json.loads(done.output)


def report_firings(found):
    met = found["recorded"]["firings_per_second"] >= FIRINGS_GOAL
    text = FIRINGS_TEXT.format(rounds=found["rounds"], firings=table.count(found["firings"]),
                               facts=table.count(found["facts"]), messages=found["messages"],
                               goal=f"{FIRINGS_GOAL / 1e6:.0f}", met="met" if met else "**missed**")
    rows = [[name, *(table.count(round(found[kind][f"{what}_per_second"]))
                     for what in ("firings", "facts", "runs")),
             f"{found[kind]['slowest']:.0f} to {found[kind]['fastest']:.0f}"]
            for name, kind in (("good run, with recording", "recorded"),
                               ("good run, without", "unrecorded"))]
    return text + "\n" + table.markdown(
        ["rung 5", ">firings/s", ">facts/s", ">runs/s", ">slowest to fastest round, runs/s"],
        rows)


def run_store(ldfi, seconds_max, quick, progress):
    """[(scenario, answer, seconds without, seconds with, megabytes of the database)]"""
    results = []
    for scenario in STORED[2:] if quick else STORED:
        progress(f"store, {scenario}")
        path = measure.REPOSITORY / "scenarios" / scenario
        plain, stored, size = [], [], 0
        for _ in range(1 if quick else 5):
            answer = ask.once(ldfi, [path], "lineage", seconds_max)
            plain.append(answer.wall_seconds or 0)
            with tempfile.TemporaryDirectory(prefix="ldfi-bench-") as folder:
                database = Path(folder, "bench.db")
                stored.append(ask.once(ldfi, [path], "lineage", seconds_max, "--db",
                                       database).wall_seconds or 0)
                size = sum(file.stat().st_size for file in Path(folder).iterdir()) / 1e6
        results.append((scenario, answer, measure.median(plain), measure.median(stored), size))
    return results


def report_store(results, quick):
    rows = [[scenario[:-len(".json")], answer.shown_verdict(), table.count(answer.executions),
             table.seconds(plain), table.seconds(stored), table.ratio(stored / max(plain, 1e-9)),
             table.megabytes(size)]
            for scenario, answer, plain, stored, size in results]
    text = STORE_TEXT.format(repetitions=1 if quick else 5, goal=table.ratio(STORE_GOAL))
    return text + "\n" + table.markdown(["scenario", "verdict", ">executions", ">without, s",
                                         ">with --db, s", ">ratio", ">database, MB"], rows)
