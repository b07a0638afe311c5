"""SPIN beside ldfi, on the same protocols and bounds."""

import ask
import measure
import spin
import table

RETRY = ("retry", "delivery/retry_4_2_1.json")
RUNG3 = ("rung3", "primary_backup/rung3.json")
POINTS = [(*RETRY, (4, 2, 1)), (*RETRY, (6, 3, 0)), (*RETRY, (10, 8, 1)), (*RETRY, (20, 18, 2)),
          (*RUNG3, (22, 0, 1)), (*RUNG3, (22, 0, 2)), (*RUNG3, (22, 0, 3)), (*RUNG3, (40, 0, 2)),
          (*RUNG3, (22, 8, 1)), (*RUNG3, (22, 16, 1, 2))]
QUICK = [POINTS[4]]

TEXT = """\
The SPIN model checker ({version}) on equivalent Promela models ([`spin/retry.pml`](spin/retry.pml), [`spin/rung3.pml`](spin/rung3.pml)), at the
same bounds <EOT, EFF, crashes>, a fourth number being the most omissions. `ci/bench/equivalence` compares the verdict on every single schedule with
`ldfi replay`, and the minimal schedules with those of `ldfi run --all`. *First* ends at the first
counterexample: SPIN's is any, ldfi's is a smallest one and confirmed as minimal. *All* goes on to exhaustion: SPIN then knows every
violating end state, ldfi (`--all`) every minimal counterexample. Seconds are of the whole process, memory is its peak (SPIN's depth stack and first
hash table take {base} MB of it); building the verifier took SPIN and gcc another {build} s each. A search has {seconds} s.
"""


def run(ldfi, seconds_max, quick, progress):
    results = []
    for model, scenario, bounds in QUICK if quick else POINTS:
        progress(f"SPIN, {model} {measure.bounds_text(*bounds)}")
        with spin.Verifier(model, *bounds, quick=quick) as verifier:
            found = {"build": verifier.build_seconds,
                     "first": repeated(lambda: verifier.verify(True, seconds_max)),
                     "all": repeated(lambda: verifier.verify(False, seconds_max))}
        words = [measure.REPOSITORY / "scenarios" / scenario, "--eot", bounds[0],
                 "--eff", bounds[1], "--crashes", bounds[2]]
        words += ["--omissions", bounds[3]] if len(bounds) > 3 else []
        for strategy in ("lineage", "exhaustive"):
            found[strategy] = ask.search(ldfi, words, strategy, seconds_max)
            found[strategy + " all"] = ask.search(ldfi, words, strategy, seconds_max, "--all")
        results.append((model, bounds, found))
    return results


def repeated(verify):
    """SPIN has no finer clock than ours, which counts the process; a quick search is repeated."""
    result = verify()
    if result.seconds < ask.QUICK_SECONDS:
        others = [verify().seconds for _ in range(ask.repetitions - 1)]
        result.seconds = measure.median([result.seconds, *others])
    return result


def version():
    return measure.run([measure.program("spin"), "-V"]).output.split("--")[0].strip()


def spin_cells(result):
    over = "" if result.complete or result.errors else "> "
    return [over + table.count(result.states), over + table.seconds(result.seconds),
            table.megabytes(result.memory)]


def ldfi_cells(answer):
    over = "" if answer.finished() else "> "
    return [over + table.count(answer.executions), over + table.seconds(answer.wall_seconds),
            table.megabytes(answer.memory)]


def report(results, seconds_max):
    builds = [found["build"] for _, _, found in results]
    memory = min(found["first"].memory for _, _, found in results)
    text = TEXT.format(version=version(), seconds=seconds_max, base=table.megabytes(memory),
                       build=f"{table.seconds(min(builds))} to {table.seconds(max(builds))}")
    first, everything = [], []
    for model, bounds, found in results:
        where = [model, measure.bounds_text(*bounds)]
        first.append([*where, found["lineage"].shown_verdict(), *spin_cells(found["first"]),
                      *ldfi_cells(found["lineage"]), *ldfi_cells(found["exhaustive"])])
        everything.append([*where, found["lineage all"].shown_verdict(),
                           *spin_cells(found["all"]), *ldfi_cells(found["lineage all"]),
                           *ldfi_cells(found["exhaustive all"])])
    header = ["model", "bounds", "verdict", ">SPIN: states", ">s", ">MB",
              ">lineage: executions", ">s", ">MB", ">exhaustive: executions", ">s", ">MB"]
    return (f"{text}\nFirst:\n\n{table.markdown(header, first)}\n"
            f"All:\n\n{table.markdown(header, everything)}")


def disagreements(results):
    return [f"{model} {measure.bounds_text(*bounds)}: SPIN says {found['all'].verdict()}, ldfi "
            f"{found['lineage'].verdict}"
            for model, bounds, found in results
            if found["all"].complete and found["lineage"].finished() and
            found["all"].verdict() != found["lineage"].verdict]
