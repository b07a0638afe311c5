"""Asks ldfi for searches, and keeps what the report needs."""

from dataclasses import dataclass, field

import measure

QUICK_SECONDS = 0.5     # below, a search is repeated
MEMORY_MEGABYTES = 6000

repetitions = 5  # of a quick search, whose seconds are medians


@dataclass
class Answer:
    """What a search said. Seconds are its own (without the start of the process), memory is the
    process's peak in megabytes."""
    verdict: str = "failed"
    stopped_by: str = None
    failed: str = ""
    vacuous: bool = False
    runs: int = 0
    checks: int = 0
    states: int = None
    seconds: float = None
    wall_seconds: float = None
    memory: float = None
    timing: dict = field(default_factory=dict)
    good_run: dict = field(default_factory=dict)
    counterexamples: list = field(default_factory=list)

    @property
    def executions(self):
        return self.runs + self.checks

    def finished(self):
        return self.verdict in ("certified", "counterexample") and not self.stopped_by

    def shown_verdict(self):
        if self.failed:
            return f"failed: {self.failed}"
        return self.verdict if not self.stopped_by else f"not finished ({self.stopped_by})"


def once(ldfi, arguments, strategy, seconds_max, *more):
    done = measure.run([ldfi, "run", *arguments, "--search", strategy, "--max-seconds", seconds_max,
                        "--max-memory", MEMORY_MEGABYTES, "--json", *more], seconds_max)
    said = done.json()
    if "verdict" not in said:
        why = said.get("error", {}).get("message") or done.errors.strip()[-200:] or "no answer"
        return Answer(failed=f"status {done.status}: {why}")
    return Answer(said["verdict"], said["stopped_by"], "", said["vacuous"], said["runs"],
                  said["checks"], said.get("states"), said["seconds"]["total"], done.seconds,
                  done.memory, said["seconds"], said["good_run"], said["counterexamples"])


def search(ldfi, arguments, strategy, seconds_max, *more):
    """A search, repeated if it is quick."""
    answer = once(ldfi, arguments, strategy, seconds_max, *more)
    if answer.failed or answer.seconds > QUICK_SECONDS:
        return answer
    again = [answer] + [once(ldfi, arguments, strategy, seconds_max, *more)
                        for _ in range(repetitions - 1)]
    failed = [other for other in again if other.failed]
    if failed:
        return failed[0]
    answer.seconds = measure.median([other.seconds for other in again])
    answer.wall_seconds = measure.median([other.wall_seconds for other in again])
    answer.timing = {part: measure.median([other.timing[part] for other in again])
                     for part in answer.timing}
    return answer


def first_counterexamples(ldfi, arguments, seeds, seconds_max):
    """Random searches with the seeds from 1 on: the answers, in that order. It stops at the first
    that finds nothing in time: where that happens more would only take longer."""
    answers = []
    for seed in range(1, seeds + 1):
        answer = once(ldfi, arguments, "random", seconds_max, "--seed", seed,
                      "--runs", 100000000)
        answers.append(answer)
        if answer.verdict != "counterexample":
            break
    return answers
