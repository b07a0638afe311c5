"""How a search grows: rung 5 by end of time, replicas, writes and crashes (ci/bench/grow)."""

import math
import re
import statistics
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import ask
import measure
import table

FOLDER = Path(__file__).resolve().parent
BASE = {"eot": 36, "replicas": 3, "writes": 4, "crashes": 2}
TITLES = {"eot": "end of time (EOT)", "replicas": "replicas", "writes": "concurrent writes",
          "crashes": "crashes allowed"}
POINTS = {"eot": [12, 20, 28, 36, 44, 52, 60], "replicas": list(range(3, 10)),
          "writes": [1, 2, 4, 6, 8, 10, 12], "crashes": [0, 1, 2, 3]}
QUICK_POINTS = {"eot": [12, 20], "replicas": [3, 4], "writes": [1, 4], "crashes": [0, 1]}
QUICK_BASE = {"eot": 16, "replicas": 3, "writes": 2, "crashes": 1}
STRATEGIES = ("lineage", "exhaustive")

TEXT = """\
Rung 5 of primary/backup replication, written for any number of replicas and writes by [`grow`](grow): {base}, no message lost, one
of these changed at a time. All writes are sent in round 1. Every search that finishes must end with a certificate that is not vacuous.
*Schedules* is how many schedules of crashes there are within the bounds; an execution is one that was run. A search has {seconds} s and
{memory} MB; what had not finished by then stands behind a `>`, and is a hollow mark in the plots. Memory is the peak of the process in megabytes.
"""

SUMMARY_TEXT = """\
What grows worst, by what was finished in time: p is the exponent of y ~ x^p that fits these points best; for crashes it is the factor of the last one
more. {worst}
"""


@dataclass
class Point:
    x: int
    schedules: int
    answers: dict = field(default_factory=dict)


def schedules(settings):
    """How many schedules of crashes: which replicas crash, and when."""
    return sum(math.comb(settings["replicas"], count) * settings["eot"] ** count
               for count in range(settings["crashes"] + 1))


def run(ldfi, seconds_max, quick, progress):
    """{axis: [points]}. Once a search does not finish, larger ones of its axis are left out."""
    base = QUICK_BASE if quick else BASE
    results = {}
    for axis, values in (QUICK_POINTS if quick else POINTS).items():
        results[axis] = []
        given_up = set()
        for x in values:
            settings = {**base, axis: x}
            point = Point(x, schedules(settings))
            with tempfile.TemporaryDirectory(prefix="ldfi-grow-") as folder:
                write(folder, settings)
                for strategy in STRATEGIES:
                    if strategy in given_up:
                        continue
                    progress(f"growth, {axis} {x}, {strategy}")
                    answer = ask.search(ldfi, [Path(folder, "grow.json")], strategy, seconds_max)
                    point.answers[strategy] = answer
                    if not answer.finished():
                        given_up.add(strategy)
            results[axis].append(point)
    return results


def write(folder, settings):
    words = [word for key, value in settings.items() for word in (f"--{key}", str(value))]
    subprocess.run([FOLDER / "grow", *words, "--to", folder], check=True)


def wrong(results):
    """Points that do not end as they must, as texts."""
    return [f"growth, {axis} {point.x}, {strategy}: {answer.shown_verdict()}"
            f"{', vacuous' if answer.vacuous else ''}"
            for axis, points in results.items() for point in points
            for strategy, answer in point.answers.items()
            if answer.failed or answer.vacuous or
            (answer.finished() and answer.verdict != "certified")]


# ---- what grows worst ----

MEASURES = {"executions": lambda answer: answer.executions, "seconds": lambda answer: answer.seconds,
            "memory": lambda answer: answer.memory}


def share(results, axis):
    """Of the schedules within the bounds, how many lineage search ran at its largest finished point."""
    points = [point for point in results[axis]
              if point.answers.get("lineage") and point.answers["lineage"].finished()]
    if not points:
        return ""
    point = points[-1]
    runs = point.answers["lineage"].executions
    return (f" With {point.x} of them lineage search ran {table.count(runs)} of the "
            f"{table.count(point.schedules)} schedules ({100 * runs / point.schedules:.0f} %). "
            "The master reads which replica crashes when, so that each crash time leads to other "
            "facts; schedules are left out where it is known that they end alike.")


def finished(points, strategy):
    return [(point.x, point.answers[strategy]) for point in points
            if strategy in point.answers and point.answers[strategy].finished()]


def growth(axis, points, strategy, what):
    """(exponent or factor as a number, the same as a text), or None with fewer than two points."""
    known = [(x, MEASURES[what](answer)) for x, answer in finished(points, strategy)]
    known = [(x, y) for x, y in known if y and y > 0]
    if len(known) < 2:
        return None
    if axis == "crashes":
        factor = known[-1][1] / known[-2][1]
        return factor, f"x {factor:.0f} a crash" if factor >= 10 else f"x {factor:.1f} a crash"
    exponent = statistics.linear_regression([math.log(x) for x, _ in known],
                                            [math.log(y) for _, y in known]).slope
    return exponent, f"p = {exponent:.1f}"


def doubling(axis, number):
    """By how much the measure grows when the axis doubles (crashes: from 1 to 2)."""
    return number if axis == "crashes" else 2 ** number


def summary(results):
    rows, worst = [], None
    for axis, points in results.items():
        for strategy in STRATEGIES:
            cells = [TITLES[axis], strategy]
            known = finished(points, strategy)
            cells.append(f"{known[0][0]} to {known[-1][0]}" if known else "-")
            for what in MEASURES:
                found = growth(axis, points, strategy, what)
                cells.append(found[1] if found else "-")
                if found and strategy == "lineage" and what == "seconds":
                    factor = doubling(axis, found[0])
                    worst = max(worst or (0, ""), (factor, axis))
            rows.append(cells)
    words = f"Worst for lineage search: {TITLES[worst[1]]}." if worst else ""
    words += share(results, "crashes")
    return SUMMARY_TEXT.format(worst=words) + "\n" + table.markdown(
        ["axis", "search", "finished from", ">executions", ">seconds", ">memory"], rows)


# ---- plots ----

COLOURS = {"schedules": "#b0b0b0", "lineage": "#3584e4", "exhaustive": "#e66100"}
GREY = "#808080"  # readable on white and on black


def series(points, strategy, what, done):
    lines = []
    for point in points:
        answer = point.answers.get(strategy)
        if answer is None or answer.failed or answer.finished() != done:
            continue
        lines.append(f"{point.x} {max(MEASURES[what](answer) or 0, 1e-4)}")
    return lines


def plot(axis, points, path):
    """Three panels, one a measure, as SVG. Needs gnuplot."""
    labels = {"executions": "executions", "seconds": "time (s)", "memory": "peak memory (MB)"}
    least, most = points[0].x, points[-1].x
    margin = (most - least) * 0.06
    script = ["set terminal svg size 960,320 dynamic font 'sans-serif,12'",
              f"set output '{path}'", "set multiplot layout 1,3",
              f"set border 3 lc rgb '{GREY}'", f"set tics nomirror textcolor rgb '{GREY}'",
              f"set key tmargin center horizontal samplen 1.5 font ',10' textcolor rgb '{GREY}'",
              "set logscale y", "set mytics 1", f"set grid ytics lc rgb '{GREY}' lw 0.3 dt 3", "set format y '%g'",
              f"set xlabel '{TITLES[axis]}' textcolor rgb '{GREY}'",
              f"set xrange [{least - margin}:{most + margin}]",
              f"set xtics ({', '.join(str(point.x) for point in points)})"]
    for panel, (what, label) in enumerate(labels.items()):
        script += [f"set ylabel '{label}' textcolor rgb '{GREY}'",
                   "plot " + ", ".join(curves(script, points, what, panel))]
    script.append("unset multiplot")
    done = subprocess.run([measure.program("gnuplot")], input="\n".join(script) + "\n", text=True,
                          capture_output=True, check=False)
    if done.returncode != 0 or "error" in done.stderr.lower():
        raise SystemExit(f"ci/bench: gnuplot: {done.stderr}")
    image = Path(path).read_text(encoding="utf-8")
    Path(path).write_text(re.sub(r"<g [^>]*>\s*</g>\n", "", image), encoding="utf-8")


def curves(script, points, what, panel):
    """What a panel shows, widest lines first, so that those that coincide can all be seen."""
    found = []
    if what == "executions":
        block(script, f"$all{panel}", [f"{point.x} {point.schedules}" for point in points])
        found.append(f"$all{panel} with lines lw 7 lc rgb '{COLOURS['schedules']}' title 'schedules'")
    for strategy, width in (("exhaustive", 3), ("lineage", 1.5)):
        for done, shape in ((True, 7), (False, 6)):
            lines = series(points, strategy, what, done)
            if not lines:
                continue
            name = f"${strategy}{panel}{int(done)}"
            block(script, name, lines)
            style = f"linespoints lw {width}" if done else "points"
            found.append(f"{name} with {style} pt {shape} ps {0.4 + 0.15 * width} "
                         f"lc rgb '{COLOURS[strategy]}' "
                         + (f"title '{strategy}'" if done else "notitle"))
    return found


def block(script, name, lines):
    script += [f"{name} << END", *lines, "END"]


# ---- the report ----

def cells(answer):
    if answer is None:
        return ["-"] * 4
    if answer.failed:
        return [answer.shown_verdict(), "-", "-", "-"]
    over = "" if answer.finished() else "> "
    each = answer.seconds / answer.executions * 1000 if answer.executions else None
    return [over + table.count(answer.executions), over + table.seconds(answer.seconds),
            table.seconds(each), over + table.megabytes(answer.memory)]


def report(results, seconds_max, quick, folder):
    base = QUICK_BASE if quick else BASE
    words = (f"{base['replicas']} replicas, {base['writes']} writes, EOT {base['eot']}, "
             f"{base['crashes']} crashes")
    words = words.replace("1 crashes", "1 crash")
    parts = [TEXT.format(base=words, seconds=seconds_max, memory=ask.MEMORY_MEGABYTES),
             summary(results)]
    for axis, points in results.items():
        plot(axis, points, Path(folder, f"growth_{axis}.svg"))
        rows = [[point.x, table.count(point.schedules), *cells(point.answers.get("lineage")),
                 *cells(point.answers.get("exhaustive"))] for point in points]
        parts.append(f"### By {TITLES[axis]}\n\n![executions, time and memory by {TITLES[axis]}]"
                     f"(growth_{axis}.svg)\n\n" +
                     table.markdown([f">{TITLES[axis]}", ">schedules", ">lineage: executions", ">s",
                                     ">ms each", ">MB", ">exhaustive: executions", ">s",
                                     ">ms each", ">MB"], rows))
    return "\n".join(parts)
