"""The SPIN model checker on the Promela models of ci/bench/spin."""

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

import measure

MODELS = Path(__file__).resolve().parent / "spin"
DEPTH_MAX = 100000
HASH_BITS = 16  # the table begins small and grows
MEMORY_MEGABYTES_MAX = 8000


class SpinFailed(Exception):
    """SPIN or the compiler did not do what was asked; the message says what they said."""


@dataclass
class Verification:
    """What a verifier found: `complete` when it has seen every state."""
    errors: int
    complete: bool
    states: int
    transitions: int
    seconds: float
    memory: float
    output: str

    def verdict(self):
        if self.errors:
            return "counterexample"
        return "certified" if self.complete else "incomplete"


class Verifier:
    """A model compiled for given bounds, `quick` if it is not to be measured. A context manager: the
    program goes with it."""

    def __init__(self, model, eot, eff, crashes, omissions=None, *, history=False, quick=False,
                 models=MODELS):
        self.folder = tempfile.TemporaryDirectory(prefix="ldfi-spin-")
        defines = [f"-DEOT={eot}", f"-DEFF={eff}", f"-DCRASHES={crashes}"]
        defines += [] if omissions is None else [f"-DOMISSIONS={omissions}"]
        defines += ["-DHISTORY"] if history else []
        began = self._do(["spin", "-a", *defines, Path(models, f"{model}.pml").resolve()])
        self.build_seconds = began + self._do(
            ["gcc", "-O0" if quick else "-O2", "-w", "-DSAFETY", "-DAUTO_RESIZE", f"-DMEMLIM={MEMORY_MEGABYTES_MAX}",
             "-o", "pan", "pan.c"])

    def _do(self, command):
        done = measure.run(command, folder=self.folder.name)
        if done.status != 0:
            raise SpinFailed(f"{' '.join(map(str, command))}:\n{done.output}{done.errors}")
        return done.seconds

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def verify(self, first_only, seconds_max=None):
        """Searches all states, or until the first error."""
        command = [Path(self.folder.name, "pan"), f"-m{DEPTH_MAX}", f"-w{HASH_BITS}", "-n",
                   "-c1" if first_only else "-c0"]
        if seconds_max:
            command = ["timeout", "-s", "INT", str(seconds_max), *command]
        done = measure.run(command, seconds_max, self.folder.name)
        said = done.output

        def number(pattern):
            match = re.search(pattern, said)
            if not match:
                raise SpinFailed(f"pan says nothing of {pattern}:\n{said}{done.errors}")
            return int(match[1])

        if "max search depth too small" in said:
            raise SpinFailed("pan reached its depth limit")
        errors = number(r"errors: (\d+)")
        complete = "Search not completed" not in said and "out of memory" not in said
        return Verification(errors, complete, number(r"(\d+) states, stored"),
                            number(r"(\d+) transitions"), done.seconds, done.memory, said)


def schedules(output):
    """The schedules that a model with -DHISTORY prints: {faults: broken}. A fault is
    ("crash", node, time) or ("omit", from, to, time), with nodes by number."""
    found = {}
    for line in re.findall(r"^schedule .*$", output, re.MULTILINE):
        word = line.split()[1]
        faults = frozenset((kind, *map(int, numbers.split(",")))
                           for kind, numbers in re.findall(r"(\w+)\(([\d,]+)\)", line))
        found[faults] = word == "broken"
    return found
