"""The rows of the LDFI paper (Alvaro, Rosen, Hellerstein, SIGMOD 2015, figures 12 and 13) on our models."""

from dataclasses import dataclass, field
from fractions import Fraction

import ask
import measure
import table

# Above so many executions of the paper's, ours may be a tenth of them.
TENTH_ABOVE = 30

TEXT = """\
Each row of the LDFI paper's tables (SIGMOD 2015, figures 12 and 13) at its bounds <EOT, EFF, crashes>, on our model of the
protocol, with `--oracle strict`. An execution is a run or a check (a replay that confirms that a counterexample is minimal). The limit is
the paper's number; where that is above 30 it is a tenth of it, or good run and counterexample. Exhaustive
search walks all schedules and decides where verdicts differ. The models are ours and not the paper's, and so is the machine: seconds cannot be
compared with it.
"""


@dataclass
class Row:
    name: str
    scenario: str
    eot: int
    eff: int
    crashes: int
    published: int  # executions
    verdict: str    # the paper's
    slow: bool = False  # for exhaustive search, which then is left out of a quick benchmark
    answers: dict = field(default_factory=dict)

    def bounds(self):
        return measure.bounds_text(self.eot, self.eff, self.crashes)

    def arguments(self):
        return [measure.REPOSITORY / "scenarios" / self.scenario, "--eot", self.eot,
                "--eff", self.eff, "--crashes", self.crashes, "--oracle", "strict"]

    def limit(self):
        if self.published <= TENTH_ABOVE:
            return Fraction(self.published)
        least = 2 if self.verdict == "counterexample" else 1
        return max(Fraction(self.published, 10), Fraction(least))


# Figure 13 (certified) is of one crash: with three nodes its combinations are 7 * 2^(6 * EFF). Kafka's
# bounds are the paper's, and the first at which the good run of our model promises something.
ROWS = [Row("simple", "delivery/simple_4_2_0.json", 4, 2, 0, 2, "counterexample"),
        Row("retry", "delivery/retry_4_2_1.json", 4, 2, 1, 3, "counterexample"),
        Row("classic", "delivery/classic_5_3_0.json", 5, 3, 0, 5, "counterexample"),
        Row("2pc", "commit/two_phase_5_0_1.json", 5, 0, 1, 2, "counterexample"),
        Row("2pc-ctp", "commit/two_phase_ctp_8_0_1.json", 8, 0, 1, 3, "counterexample"),
        Row("3pc", "commit/three_phase_9_7_1.json", 9, 7, 1, 55, "counterexample"),
        Row("kafka", "kafka/replication_7_4_1.json", 6, 4, 1, 38, "counterexample"),
        Row("redundant", "delivery/redundant_8_6_1.json", 11, 10, 1, 11, "certified"),
        Row("acknowledged", "delivery/acknowledged_8_6_1.json", 8, 7, 1, 673, "certified", True),
        Row("paxos", "paxos/synod_8_3_1.json", 7, 6, 1, 173, "certified", True)]


def run(ldfi, seconds_max, quick, progress):
    """Searches every row; the answers stay in the rows."""
    for row in ROWS:
        progress(f"{row.name} {row.bounds()}")
        row.answers["lineage"] = ask.search(ldfi, row.arguments(), "lineage", seconds_max)
        if not (quick and row.slow):
            row.answers["exhaustive"] = ask.search(ldfi, row.arguments(), "exhaustive", seconds_max)


def misses(row):
    """What is wrong with a row: texts."""
    lineage, exhaustive = row.answers["lineage"], row.answers.get("exhaustive")
    if lineage.failed:
        return [f"failed: {lineage.failed}"]
    wrong = []
    if lineage.executions > row.limit():
        wrong.append(f"{lineage.executions} executions, at most {int(row.limit())} allowed")
    if lineage.vacuous:
        wrong.append("its promise is vacuous")
    truth = exhaustive.verdict if exhaustive and exhaustive.finished() else row.verdict
    if lineage.verdict != truth:
        wrong.append(f"lineage search says {lineage.verdict}, right is {truth}")
    return wrong


def note(row):
    words = ["**missed**: " + "; ".join(misses(row))] if misses(row) else ["met"]
    exhaustive = row.answers.get("exhaustive")
    if exhaustive and exhaustive.finished() and exhaustive.verdict != row.verdict:
        words.append("exhaustive search contradicts the paper's verdict and decides")
    return "; ".join(words)


def cells(exhaustive):
    if exhaustive is None:
        return ["not tried", "-", "-", "-"]
    return [exhaustive.shown_verdict(), table.count(exhaustive.runs),
            table.count(exhaustive.states), table.seconds(exhaustive.seconds)]


def report():
    rows = []
    for row in ROWS:
        lineage = row.answers["lineage"]
        rows.append([row.name, row.bounds(), row.verdict, row.published, int(row.limit()),
                     lineage.shown_verdict(),
                     f"{lineage.executions} ({lineage.runs} + {lineage.checks})",
                     table.seconds(lineage.seconds), *cells(row.answers.get("exhaustive")),
                     note(row)])
    return TEXT + "\n" + table.markdown(
        ["model", "bounds", "paper's verdict", ">paper's executions", ">limit", "our verdict",
         ">our executions (runs + checks)", ">s", "exhaustive", ">runs", ">states", ">s", "target"],
        rows)


def missed():
    """The rows that miss their target, as texts."""
    return [f"{row.name} {row.bounds()}: {'; '.join(misses(row))}" for row in ROWS if misses(row)]
