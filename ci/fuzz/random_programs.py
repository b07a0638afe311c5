"""Random Dedalus programs with small bounds, one for each seed: parts of protocols, put together at
random and disturbed (see ci/fuzz/judge)."""

import itertools
import json
import random
import re
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Scenario:
    clauses: tuple  # as text
    bounds: dict  # as in a scenario file: all but the model

    def write(self, folder, name):
        """Writes NAME.json and NAME.ded; returns the path of the former."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.ded").write_text("".join(f"{clause}\n" for clause in self.clauses))
        path = folder / f"{name}.json"
        path.write_text(json.dumps({"model": [f"{name}.ded"], **self.bounds}, indent=4) + "\n")
        return path


# Parts of protocols: the columns of their relations (V: of the value that is sent), and rules with
# the odds of each; "!": without noise. Of [this|that] one is taken. One promise in many is random.

MESSAGES = ("", """
    1   got(P, V)@async :- start(N, V), peer(N, P)
    .7  got(N, V) :- start(N, V)
    .3  got(P, V)@async :- got(N, V), peer(N, P)
    .5  ack(P, N)@async :- got(N, V), peer(P, N)""")

REACTIONS = [
    # Sending again what is not acknowledged.
    ("todo:NV", """
    1!  todo(N, V)@next :- start(N, V)
    1   todo(N, V)@next :- todo(N, V)
    1   got(P, V)@async :- todo(N, V), peer(N, P), notin [ack(N, P)|ack(N, _)]"""),
    # A clock, and what a node does when nothing has come by a time.
    ("now:NI late:N", """
    1!  now(N, 1)@next :- peer(N, _)@1, notin now(N, _)
    1!  now(N, T + 1)@next :- now(N, T)
    1!  late(N) :- now(N, EARLY), notin [got(N, _)|ack(N, _)|ack(_, N)]
    .5  late(N)@next :- late(N)
    .6  got(P, V)@async :- late(N), peer(N, P), start(N, V)@1
    .4  got(N, V) :- late(N), start(_, V)@1"""),
    # Passing on what one has, when a node is known to crash or lacks it.
    ("", """
    1   got(P, V)@async :- got(N, V), peer(N, P), crash(N, _, [_|LATE])[|, N != P]
    .3  got(P, V)@async :- got(N, V), peer(N, P), notin got(P, V)""")]

# A wide product that only faults bring about: too much for lineage search to foresee.
FLOOD = ("number:NI flood:NIII", """
    1!  number(N, X)@next :- number(N, X)
    1!  flood(N, X, Y, Z) :- late(N), number(_, X), number(_, Y), number(_, Z)
    1   got(P, V)@async :- flood(N, X, Y, Z), X + Y + Z == 3, peer(N, P), start(_, V)@1""")

# Cycles through notin: some always have a meaning, a crash takes it from the last.
CYCLES = [("wins:N", "1! wins(N) :- peer(N, P), [N < P|N > P], notin wins(P)")] * 4 + [
    ("wins:N loses:N", """
    1!  wins(N) :- peer(N, _), notin loses(N)
    1!  loses(N) :- crash(N, N, _), notin wins(N)""")]

DELIVERED = ("", """
    1   pre(P, V) :- start(N, V)@1, peer(N, P)@1, [|notin crash(N, N, _)], [|notin crash(P, P, _)]
    1   post(P, V) :- got(P, V)
    .15 post(P, V) :- pre(P, V), notin [got(P, _)|ack(P, _)]""")
AGREED = ("lacks:NV", """
    1   lacks(P, V) :- got(N, V), peer(N, P), notin got(P, V), [|notin crash(P, P, _)]
    1   pre(N, V) :- got(N, V), [|notin crash(N, N, _)]
    1!  post(N, V) :- got(N, V), notin lacks(_, V)
    .15 post(N, V) :- pre(N, V), [notin ack(N, _)|crash(N, _, _)]""")
SETTLED = ("bad:N", """
    1   bad(N) :- peer(N, P), [notin ack(N, P)|got(P, V), got(N, W), V != W]
    .5  bad(N) :- peer(N, P), got(N, V), notin got(P, V)
    .3  bad(N) :- peer(N, P), crash(N, P, [_|_|LATE])[|, ack(N, P)|, notin ack(N, P)]
    .5  bad(N) :- peer(N, P), ack(N, P), notin got(P, _)
    1   pre(N) :- peer(N, P), [|notin crash(N, N, _)]
    1!  post(N) :- peer(N, P), notin bad(N)""")
COUNTED = ("votes:NI", """
    1   votes(N, count<P>) :- peer(N, P), got(P, V)
    1   pre(N) :- start(N, V)@1, [|notin crash(N, N, _)]
    1!  post(N) :- votes(N, C), C >= [1|1|2]""")
PROMISES = [DELIVERED] * 5 + [AGREED] * 5 + [SETTLED] * 2 + [COUNTED] * 2


class Body:
    """The terms of a body, and by type the variables that its positive predicates bind."""

    def __init__(self, *terms, **bound):
        self.terms = list(terms)
        self.bound = {kind: list(bound.get(kind, "")) for kind in "NIS"}

    def fresh(self, kind):
        name = f"{kind}{sum(map(len, self.bound.values()))}"
        self.bound[kind].append(name)
        return name


class Generator:
    """Writes one random program. It is shaped like a protocol, so that it has something to lose:
    nodes know peers, some start with a value and send it on, state persists (or does not), there
    are acknowledgements, clocks and timeouts; a promise reads the state. Onto this go relations and
    rules without a purpose ("wild"), and terms without a purpose ("noise") in any rule.

    A column's type is N (node), I (integer) or S (string); the first column is always a node."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.nodes = list("abcd")[:self.pick(2, 2, 3, 3, 3, 4)]
        self.eot = self.random.randint(3, 6 if len(self.nodes) < 4 else 5)
        self.clauses = []
        self.value = self.pick("S", "S", "I")
        self.columns = {"peer": "NN", "start": "N" + self.value, "got": "N" + self.value,
                        "ack": "NN"}
        self.wild = [f"wild{number}" for number in range(self.random.randint(1, 4))]
        for name in self.wild:
            self.columns[name] = "N" + "".join(self.random.choices("NIS", k=self.pick(0, 1, 2)))
        # Rules for the same time read what is earlier in this order: most programs are stratified.
        self.order = list(self.columns)
        self.random.shuffle(self.order)

    def chance(self, probability):
        return self.random.random() < probability

    def pick(self, *choices):
        return self.random.choice(choices)

    def add(self, head, *body):
        self.clauses.append(f"{head} :- {', '.join(body)};" if body else f"{head};")

    # -- terms --

    def constant(self, kind):
        return {"N": f'"{self.pick(*self.nodes)}"', "I": str(self.random.randint(0, 3)),
                "S": self.pick('"x"', '"y"')}[kind]

    def columns_of(self, relation):
        return "NNI" if relation == "crash" else self.columns[relation]

    def absolute(self, relation):
        here = relation != "crash" and self.chance(0.07)
        return f"@{self.random.randint(1, self.eot)}" if here else ""

    def positive(self, body, relation):
        """Adds a predicate that reads the relation, often at a node that is bound already."""
        arguments = []
        for place, kind in enumerate(self.columns_of(relation)):
            known = body.bound[kind]
            if known and self.chance(0.7 if place == 0 else 0.5):
                arguments.append(self.pick(*known))
            elif self.chance(0.25 if place else 0.03):
                arguments.append("_" if place == 0 else self.pick("_", self.constant(kind)))
            else:
                arguments.append(body.fresh(kind))
        body.terms.append(f"{relation}({', '.join(arguments)}){self.absolute(relation)}")

    def negative(self, body, relation):
        """Adds a notin; what is not bound in it is `_`, a constant or existential."""
        arguments = []
        for place, kind in enumerate(self.columns_of(relation)):
            known = body.bound[kind]
            if known and self.chance(0.6 if place else 0.8):
                arguments.append(self.pick(*known))
            else:  # two columns of a type may share their existential variable
                arguments.append(self.pick("_", "_", f"Any{kind}{len(body.terms)}",
                                           self.constant(kind)))
        body.terms.append(f"notin {relation}({', '.join(arguments)}){self.absolute(relation)}")

    def arithmetic(self, variable):
        return variable + self.pick(" + 1", " - 1", " * 2", " / 2", " + 2 * 3", " - 1 - 1")

    def comparison(self, body):
        kind = self.pick(*[kind for kind in "NIS" if body.bound[kind]] or [""])
        if kind:
            left = self.pick(*body.bound[kind])
            left = self.arithmetic(left) if kind == "I" and self.chance(0.5) else left
            right = self.pick(self.pick(*body.bound[kind]), self.constant(kind))
            body.terms.append(f"{left} {self.pick('==', '!=', '!=', '<', '>', '<=', '>=')} {right}")

    def noise(self, body, readable, probability):
        """Adds terms without a purpose, over the relations that may be read here."""
        while self.chance(probability):
            what = self.pick(self.positive, self.negative, self.negative)
            if self.chance(0.2):
                self.comparison(body)
            elif self.chance(0.25):
                what(body, "crash")
            elif readable:
                what(body, self.pick(*readable))
        if self.chance(0.08):  # another first term: the rule may run at another node
            self.random.shuffle(body.terms)

    def head(self, body, relation, suffix=""):
        arguments = []
        for place, kind in enumerate(self.columns[relation]):
            known = body.bound[kind]
            if place == 0 and suffix == "@async" and self.chance(0.1):
                arguments.append("Everyone")  # not bound: a broadcast
            elif place == 0 and suffix != "@async" and known:
                arguments.append(known[0])
            elif known and self.chance(0.9):
                argument = self.pick(*known)
                # Not in a rule for the same time: a cycle could count without end.
                counts = kind == "I" and suffix and self.chance(0.3)
                arguments.append(self.arithmetic(argument) if counts else argument)
            else:
                arguments.append(self.constant(kind))
        return f"{relation}({', '.join(arguments)}){suffix}"

    def readable(self, head):
        """What the body of a rule with this head may read; at times anything: a cycle."""
        relation = head.split("(")[0]
        if head.endswith(("@next", "@async")) or relation not in self.order or self.chance(0.04):
            return list(self.columns)
        return self.order[:self.order.index(relation)]

    def write(self, part):
        """A part of the protocol: its relations become known, its likely rules are written."""
        names, text = part
        for name, columns in (declaration.split(":") for declaration in names.split()):
            self.columns[name] = columns.replace("V", self.value)
        for line in text.strip().splitlines():
            odds, _, clause = line.strip().partition(" ")
            clause = re.sub(r"\[(.*?)\]", lambda match: self.pick(*match[1].split("|")), clause)
            clause = clause.replace("EARLY", str(self.random.randint(2, self.eot - 1)))
            clause = clause.replace("LATE", str(self.random.randint(self.eot - 1, self.eot)))
            if self.chance(float(odds.strip("!"))):
                head, _, terms = clause.strip().partition(" :- ")
                terms = [term for term in re.split(r",\s*(?![^()]*\))", terms) if term]
                self.add(head, *(terms if "!" in odds else self.noisy(head, terms)))

    def noisy(self, head, terms):
        """Terms of the protocol, with N and P for nodes and V for a value, and noise."""
        bound = [term for term in terms if not term.startswith("notin")]
        body = Body(*terms, N=[name for name in "NP" if re.search(rf"\b{name}\b", str(bound))])
        body.bound[self.value] += ["V"] if re.search(r"\bV\b", str(bound)) else []
        self.noise(body, self.readable(head), 0.12)
        return body.terms

    # -- the protocol --

    def facts(self):
        pairs = list(itertools.permutations(self.nodes, 2))
        origins = self.random.sample(self.nodes, self.pick(1, 1, 2))
        peers = set(self.random.sample(pairs, self.random.randint(1, len(pairs))))
        peers.add(self.pick(*[pair for pair in pairs if pair[0] == origins[0]]))
        for one, other in sorted(peers):
            self.add(f'peer("{one}", "{other}")@1')
        for origin in origins:
            self.add(f'start("{origin}", {self.constant(self.value)})@{self.pick(*[1] * 9, 2)}')
        for name in self.wild:
            for _ in range(self.pick(0, 0, 1, 2)):
                values = ", ".join(map(self.constant, self.columns[name]))
                self.add(f"{name}({values})@{self.pick(1, 1, self.random.randint(1, self.eot))}")

    def persistence(self):
        likely = {"peer": 0.95, "start": 0.5, "got": 0.95, "ack": 0.8}
        for name, columns in self.columns.items():
            if self.chance(likely.get(name, 0.6)):
                body = Body()
                arguments = ", ".join(map(body.fresh, columns))
                body.terms.append(f"{name}({arguments})")
                if self.chance(0.1):
                    self.negative(body, self.pick(*self.columns))
                self.add(f"{name}({arguments})@next", *body.terms)

    def wild_rules(self):
        for _ in range(self.random.randint(1, 4)):
            target = self.pick(*self.wild, self.pick("got", "ack"))
            suffix = self.pick("", "", "@next", "@async", "@async")
            readable = self.readable(f"{target}(){suffix}") or ["peer"]
            body = Body()
            for _ in range(self.pick(1, 1, 2, 2, 3)):
                self.positive(body, self.pick(*readable))
            self.noise(body, readable, 0.25)
            self.add(self.head(body, target, suffix), *body.terms)

    def aggregate(self):
        body = Body()
        countable = [name for name in self.order if "I" in self.columns[name]]
        self.positive(body, self.pick("got", "got", "peer", *countable * 3))
        self.noise(body, self.order, 0.25)
        if body.bound["N"]:
            kind = self.pick(*[kind for kind in "NIIS" if body.bound[kind]])
            name = self.pick(*body.bound[kind])
            function = self.pick("count", "min", "max", *["sum", "avg"] * 2 * (kind == "I"))
            self.columns["group"] = "N" + ("I" if function == "count" else kind)
            self.add(f"group({body.bound['N'][0]}, {function}<{name}>){self.pick('', '', '@next')}",
                     *body.terms)

    def anything(self):
        """Any two rules."""
        self.columns.update(pre="N", post="N")
        for name in ("pre", "post"):
            body = Body()
            for _ in range(self.pick(1, 2)):
                self.positive(body, self.pick("got", *self.order))
            self.noise(body, self.order, 0.25)
            self.add(self.head(body, name), *body.terms)

    def bounds(self):
        most = min(self.eot, 4 if len(self.nodes) < 4 else 3)
        eff = self.random.randint(2, most) if self.chance(0.8) else 0
        crashes = self.pick(0, 1, 1, 2) if eff else self.pick(1, 1, 2)
        return {"nodes": self.nodes, "eot": self.eot, "eff": eff, "crashes": crashes,
                "omissions": self.pick(0, 1, 1, 2, 2) if self.chance(0.25) else None,
                "immune": [self.pick(*self.nodes)] if self.chance(0.2) else [],
                "oracle": self.pick("strict", "strict", "molly")}

    def scenario(self):
        self.facts()
        self.persistence()
        self.write(MESSAGES)
        for part in self.random.sample(REACTIONS, self.pick(0, 1, 1, 2)):
            self.write(part)
        if "late" in self.columns and self.chance(0.15):
            self.write(FLOOD)
            for value in range(14):
                self.add(f'number("{self.pick(*self.nodes)}", {value})@1')
        if self.chance(0.15):
            self.write(self.pick(*CYCLES))
        self.wild_rules()
        if self.chance(0.3):
            self.aggregate()
        part = self.pick(*PROMISES, None)
        self.write(part) if part else self.anything()
        return Scenario(tuple(self.clauses), self.bounds())
