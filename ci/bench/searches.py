"""Every scenario by three searches, and where the time of a lineage search goes."""

import json
import tempfile
from pathlib import Path

import ask
import measure
import table

SEEDS = 25
RANDOM_SECONDS = 5
QUICK = ("delivery/retry_4_2_1", "commit/two_phase_ctp_8_0_1", "paxos/synod_8_3_1",
         "primary_backup/rung3")

TEXT = """\
Every scenario of the project within its own bounds. *Lineage* and *exhaustive* search end with a smallest counterexample or with a certificate;
runs are executions, in brackets the checks that a counterexample is minimal. Exhaustive search merges executions that
reach the same state. *Random* search draws schedules until one breaks the promise: medians of {seeds} seeds, of the runs and of
the seconds; where nothing breaks it can only go on for ever (-). Seconds are those of the search itself, of quick ones the median of
{repetitions}. A search has {seconds} s.
"""

OVERHEAD_TEXT = """\
The same lineage searches with a database (`--db`): seconds spent on executions, on lineage (finding out what could have happened, and writing it
as a formula), in the solver, and in the store; of all threads together. *Overhead* is lineage and solver over executions; then with the store, which takes some
tens of milliseconds to make a database. Where a search is a few runs long the split says little: one formula stands for thousands of runs
that were not made.
"""


def is_one_search(path):
    """Is it a scenario, and neither one of those that are replayed nor one left to `ldfi sweep`?"""
    keys = json.loads(path.read_text(encoding="utf-8"))
    return (not {"kind", "faults", "choose"} & keys.keys()
            and "sweep" not in (keys["eot"], keys.get("eff")))


def scenarios(quick):
    """(name, path) of every scenario that is one search; the seeded bugs are too much alike."""
    folder = measure.REPOSITORY / "scenarios"
    found = [(str(path.relative_to(folder))[:-len(".json")], path)
             for path in sorted(folder.glob("*/*.json"))
             if path.parent.name != "seeded" and is_one_search(path)]
    return [(name, path) for name, path in found if not quick or name in QUICK]


def bounds(path):
    scenario = json.loads(Path(path).read_text(encoding="utf-8"))
    return measure.bounds_text(scenario["eot"], scenario["eff"], scenario["crashes"],
                               scenario.get("omissions"))


def run(ldfi, seconds_max, quick, progress):
    """[(name, bounds, {search: answer})]; the random search is a list of answers."""
    seeds = 3 if quick else SEEDS
    results = []
    for name, path in scenarios(quick):
        progress(name)
        answers = {strategy: ask.search(ldfi, [path], strategy, seconds_max)
                   for strategy in ("lineage", "exhaustive")}
        answers["random"] = []
        if answers["lineage"].verdict == "counterexample":
            answers["random"] = ask.first_counterexamples(ldfi, [path], seeds,
                                                          min(RANDOM_SECONDS, seconds_max))
        with tempfile.TemporaryDirectory(prefix="ldfi-bench-") as folder:
            answers["stored"] = ask.search(ldfi, [path], "lineage", seconds_max, "--db",
                                           Path(folder, "bench.db"))
        results.append((name, bounds(path), answers))
    return results


def random_cells(answers):
    if not answers:
        return "-", "-"
    if answers[-1].verdict != "counterexample":
        return f"> {table.count(answers[-1].runs)}", f"> {table.seconds(answers[-1].seconds)}"
    return (table.count(round(measure.median([answer.runs for answer in answers]))),
            table.seconds(measure.median([answer.seconds for answer in answers])))


def report(results, seconds_max, quick):
    rows = []
    for name, where, answers in results:
        lineage, exhaustive = answers["lineage"], answers["exhaustive"]
        rows.append([name, where, lineage.shown_verdict(), executions(lineage),
                     table.seconds(lineage.seconds), exhaustive.shown_verdict(),
                     executions(exhaustive), table.count(exhaustive.states),
                     table.seconds(exhaustive.seconds), *random_cells(answers["random"])])
    total = sum(answers["lineage"].seconds or 0 for _, _, answers in results)
    text = TEXT.format(seeds=3 if quick else SEEDS, seconds=seconds_max,
                       repetitions=ask.repetitions)
    return (text + "\n" + table.markdown(
        ["scenario", "bounds", "lineage", ">runs", ">s", "exhaustive", ">runs", ">states", ">s",
         ">random: runs", ">s"], rows) +
        f"\nAll lineage searches together: {table.seconds(total)} s.\n")


def executions(answer):
    return table.count(answer.runs) + (f" ({answer.checks})" if answer.checks else "")


def disagreements(results):
    """Scenarios on which the two searches that finished give different verdicts."""
    return [f"{name}: lineage says {answers['lineage'].verdict}, exhaustive "
            f"{answers['exhaustive'].verdict}"
            for name, _, answers in results
            if answers["lineage"].failed or answers["exhaustive"].failed or
            (answers["lineage"].finished() and answers["exhaustive"].finished() and
             answers["lineage"].verdict != answers["exhaustive"].verdict)]


def overhead_report(results):
    rows = []
    for name, where, answers in results:
        timing = answers["stored"].timing
        if not timing:
            rows.append([name, where, "-", answers["stored"].shown_verdict(), *["-"] * 5])
            continue
        overhead = timing["lineage"] + timing["solve"]
        executions_seconds = max(timing["execute"], 1e-9)
        rows.append([name, where, table.count(answers["stored"].executions),
                     *(table.seconds(timing[part])
                       for part in ("execute", "lineage", "solve", "store")),
                     table.ratio(overhead / executions_seconds),
                     table.ratio((overhead + timing["store"]) / executions_seconds)])
    return OVERHEAD_TEXT + "\n" + table.markdown(
        ["scenario", "bounds", ">executions", ">execute s", ">lineage s", ">solve s", ">store s",
         ">overhead", ">with store"], rows)
