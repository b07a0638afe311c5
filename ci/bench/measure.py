"""Runs programs and measures them: seconds, peak memory, what they print."""

import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
GRACE_SECONDS = 30  # for a program to notice its own budget


@dataclass
class Run:
    """A program that has ended. Memory is its peak, in megabytes of 10^6 bytes."""
    status: int
    seconds: float
    memory: float
    output: str
    errors: str
    timed_out: bool = False

    def json(self):
        """What it printed, as JSON; {} where it printed none (it was killed, say)."""
        try:
            return json.loads(self.output)
        except ValueError:
            return {}


def run(command, seconds_max=None, folder=None):
    """Runs a command. /usr/bin/time measures its memory: what the kernel says of a child of this
    process counts this process, too."""
    command = [str(word) for word in command]
    with tempfile.NamedTemporaryFile("r", prefix="ldfi-bench-") as report:
        began = time.perf_counter()
        process = subprocess.Popen(["/usr/bin/time", "-q", "-f", "%M", "-o", report.name, *command],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   cwd=folder, start_new_session=True)
        timed_out = False
        try:
            output, errors = process.communicate(timeout=seconds_max and seconds_max + GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            timed_out = True
            os.killpg(process.pid, 9)
            output, errors = process.communicate()
        seconds = time.perf_counter() - began
        kilobytes = report.read().strip()
    return Run(process.returncode, seconds, int(kilobytes) * 1024 / 1e6 if kilobytes else 0.0,
               output, errors, timed_out)


def median(values):
    return statistics.median(values) if values else None


def program(name):
    """The path of a program that must be there."""
    found = shutil.which(str(name))
    if not found:
        raise SystemExit(f"ci/bench: cannot run '{name}'; type 'ci/setup build bench && make'")
    return str(Path(found).resolve())


def ldfi_program():
    return program(os.environ.get("LDFI") or REPOSITORY / "build/ldfi")


def bounds_text(eot, eff, crashes, omissions=None):
    text = f"{eot},{eff},{crashes}" + ("" if omissions is None else f",{omissions}")
    return f"<{text}>"
