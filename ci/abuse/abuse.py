"""What the tests of abuse share: running ldfi, and judging what it leaves behind."""
import contextlib
import json
import os
import re
import sqlite3
import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
LDFI = str(Path(os.environ.get("LDFI") or REPOSITORY / "build/ldfi").resolve())
RETRY = REPOSITORY / "models/delivery/retry.ded"
CLASSIC = REPOSITORY / "models/delivery/classic.ded"
# Tables whose rows belong to an execution, in its column of this name.
TABLES = ("omission", "crash", "broken", "message", "fact", "absence", "firing", "premise", "peril",
          "counterexample")


class Bad(Exception):
    """The program did what it must not do; the text says what."""


def run(command, folder, seconds=30, **environment):
    """Runs a program in a folder to its end."""
    try:
        return subprocess.run([str(word) for word in command], cwd=folder, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                              timeout=seconds, env={**os.environ, **environment})
    except subprocess.TimeoutExpired:
        raise Bad(f"it does not end within {seconds} seconds") from None


def without_seconds(output):
    """What a run printed, but for times: those may differ from run to run."""
    text = output.decode(errors="replace")
    text = re.sub(r'"seconds":\s*(\{[^}]*\}|[-+.e0-9]+)', '"seconds":{}', text)
    return re.sub(r"\d+\.\d+ s\b", "0.00 s", text)


class Content:
    """All that a database holds, but for when its searches began."""

    def __init__(self, path):
        with contextlib.closing(sqlite3.connect(path)) as database:
            try:
                sound = database.execute("PRAGMA integrity_check").fetchall()[0][0]
            except sqlite3.DatabaseError as error:
                sound = error
            if sound != "ok":
                raise Bad(f"the database is not sound: {sound}")
            stray = database.execute("PRAGMA foreign_key_check").fetchall()
            if stray:
                raise Bad(f"rows of the database point nowhere: {stray[0]}")
            made = database.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
            self.is_empty = made == 0
            if self.is_empty:
                return
            self.searches = {row[0]: row[1:] for row in database.execute(
                "SELECT id, scenario, strategy, eot, eff, crashes, verdict, complete, run_count "
                "FROM search")}
            self.tuples = set(database.execute("SELECT * FROM tuple"))
            self.formulas = {table: database.execute(f"SELECT * FROM {table}").fetchall()
                             for table in ("variable", "clause")}
            self.executions = {row[0]: row[1:]
                               for row in database.execute("SELECT * FROM execution")}
            self.results = {row[:3]: (without_seconds(row[3].encode()), *row[4:])
                            for row in database.execute(
                                "SELECT key, scenario, choice, report, verdict, runs, done FROM result")}
            self.rows = {table: {} for table in TABLES}
            for table in TABLES:
                names = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
                for row in database.execute(f"SELECT * FROM {table}"):
                    self.rows[table].setdefault(row[names.index("execution")], []).append(row)

    def rows_of(self, execution):
        return {table: rows.get(execution) for table, rows in self.rows.items()}

    def check_part_of(self, whole):
        """Every run in here must be as it is in the whole, and the first ones must be here."""
        if self.is_empty:
            return
        missing = [each for each in whole.executions
                   if self.executions and each < max(self.executions) and each not in self.executions]
        if missing:
            raise Bad(f"run {missing[0]} is lost, and later ones are there")
        if not self.tuples <= whole.tuples:
            raise Bad(f"a tuple is wrong: {min(self.tuples - whole.tuples)}")
        for question, result in self.results.items():
            if whole.results.get(question) != result:
                raise Bad(f"the result of {question} is {result}")
        for execution, row in self.executions.items():
            if whole.executions.get(execution) != row:
                raise Bad(f"run {execution} is {row} and not {whole.executions.get(execution)}")
            if self.rows_of(execution) != whole.rows_of(execution):
                raise Bad(f"run {execution} is there in parts, or changed")
        for search, (*asked, verdict, complete, runs) in self.searches.items():
            *asked_before, verdict_before, _, _ = whole.searches[search]
            if asked != asked_before or verdict not in (None, "incomplete", verdict_before):
                raise Bad(f"search {search} is wrong: {asked} {verdict} {complete} {runs}")

    def check_same(self, whole):
        if vars(self) != vars(whole):
            self.check_part_of(whole)
            raise Bad("the database lacks something, though the search says that it went well")


def error_of(output):
    """The message of an answer in JSON that is an error, or has one among its results."""
    try:
        answer = json.loads(output)
        answers = [answer] if "error" in answer else answer["results"]
        return "; ".join(each["error"]["message"] for each in answers if "error" in each)
    except (ValueError, KeyError, TypeError):
        return ""
