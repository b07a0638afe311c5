"""What a random program has, for the judge's table: see `features`."""

import itertools
import re

# A feature is there when some clause matches. Variables that begin with N, P, Q, L or M are nodes.
NODE = r'(?:\b[NPQLM]\d*(?!\w)|"[a-d]+")'
PATTERNS = {
    "negation": r"\bnotin\b",
    "count": r"\bcount<",
    "min or max": r"\b(min|max)<",
    "sum or avg": r"\b(sum|avg)<",
    "acknowledgements": r"^ack\(.*@(async|next) :-.*\bgot\(|^ack\(.*@async :- copy\(",
    "retries": r"^(got|copy)\(.*@async :- .*notin ack\(",
    "timers": r":-.*\bnow\(N, (\d|T\).*[<>=])",
    "crash in rules": r":-.*\bcrash\(",
    "crash in the protocol": r"^(?!pre|post|bad|lacks|other|holders).*:-.*\bcrash\(",
    "exact crash times": r"\bcrash\([^)]*, (\d|[TU][,)])",
    "crash read late": r":-(?=.*\bcrash\().*\b(now\(N, (\d|T\)|U\))|late\()",
    "failure detector, views": r"^leads\(N, P\)@(next|async) :-.*gone\(N, L\), heir\(",
    "facts of a fixed time": r":-.*\)@\d",
    "crash at a fixed time": r":-.*\bcrash\([^)]*\)@\d",
    "a fixed time read late": r":-.*(now|late)\(.*\)@\d",
    "products, sums, paths": r"^(flood|pair|sum|path)\(",
    "broadcast": r"^\w+\(Everyone\b",
    "order among nodes": rf"{NODE} *(<|>|<=|>=) *{NODE}|\b(min|max)<{NODE}>",
    "no wrong thing": r"^post\(.*notin (twice|other|rival|fresh|stop|go|bad|behind)\(",
    "stops or goes": r"^pre\(.*:- (stop|go)\(",
}
THRESHOLD = r":-.*\b(?:%s)\([^)]*\bC\).*\bC (%s) \d"


def counts(clauses):
    """The relations that hold a count."""
    return [re.match(r"\w+", clause)[0] for clause in clauses if re.match(r"[^:]*count<", clause)]


def swapped(text, one, other):
    names = {f'"{one}"': f'"{other}"', f'"{other}"': f'"{one}"'}
    return re.sub(r'"[a-d]"', lambda name: names.get(name[0], name[0]), text)


def unlike(scenario, one, other):
    """How many clauses and bounds change when two nodes change places."""
    clauses = set(scenario.clauses)
    changed = {swapped(clause, one, other) for clause in clauses} - clauses
    immune = scenario.bounds["immune"]
    return len(changed) + ((one in immune) != (other in immune))


def features(scenario):
    """The names of what a scenario has."""
    clauses, bounds = scenario.clauses, scenario.bounds
    found = {name for name, pattern in PATTERNS.items()
             if any(re.search(pattern, clause) for clause in clauses)}
    for name, signs in {"count >= k": ">=", "count > k": ">"}.items():
        relations = "|".join(counts(clauses)) or "-"
        if any(re.search(THRESHOLD % (relations, signs), clause) for clause in clauses):
            found.add(name)
    if {"count >= k", "count > k"} & found and any(
            re.match(r"a(ck|ye)s\(.*count<", clause) for clause in clauses):
        found.add("k of n acknowledged")
    differences = [unlike(scenario, *pair)
                   for pair in itertools.combinations(bounds["nodes"], 2)]
    if min(differences) == 0 and "order among nodes" not in found:
        found.add("two nodes alike")
    elif min(differences) <= 2:
        found.add("two nodes nearly alike")
    found.add(f"{len(bounds['nodes'])} nodes")
    found.add(f"EOT {bounds['eot']}")
    return found
