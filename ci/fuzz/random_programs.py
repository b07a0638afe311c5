"""Random Dedalus programs with small bounds, one for each seed: parts of protocols (protocols.py),
put together at random and disturbed (see ci/fuzz/judge)."""

import itertools
import json
import random
import re
from dataclasses import dataclass, replace

from protocols import (AGREED, CLOCKS, CYCLES, DELIVERED, DELIVERY, DIFFERENCES, FAMILIES, FIRST,
                       MESSAGES, MIRAGES, REACTIONS, REPAIRS, SKELETON, WIDE)


@dataclass(frozen=True)
class Scenario:
    clauses: tuple  # as text
    bounds: dict  # as in a scenario file: all but the model

    def under(self, oracle):
        return replace(self, bounds={**self.bounds, "oracle": oracle})

    def size(self):
        return f"{len(self.clauses)} clauses"

    def smaller(self):
        """Yields scenarios that lack something of this one: clauses, a term, some of a bound."""
        clauses = self.clauses
        for count in (8, 1):
            for end in range(len(clauses), 0, -count):
                yield replace(self, clauses=clauses[:max(end - count, 0)] + clauses[end:])
        for at in reversed(range(len(clauses))):
            head, terms = parted(clauses[at])
            for term in range(len(terms) if len(terms) > 1 else 0):
                less = f"{head} :- {', '.join(terms[:term] + terms[term + 1:])};"
                yield replace(self, clauses=clauses[:at] + (less,) + clauses[at + 1:])
        for bounds in smaller_bounds(self.bounds, 1):
            yield replace(self, bounds=bounds)

    def write(self, folder, name):
        """Writes NAME.json and NAME.ded; returns the path of the former."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.ded").write_text("".join(f"{clause}\n" for clause in self.clauses))
        path = folder / f"{name}.json"
        path.write_text(json.dumps({"model": [f"{name}.ded"], **self.bounds}, indent=4) + "\n")
        return path


def smaller_bounds(bounds, nodes_min):
    """Yields bounds that allow less than these."""
    changes = [{"omissions": None}, {"immune": []}]
    changes += [{key: bounds[key] - 1} for key in ("crashes", "eff", "eot")
                if bounds[key] > (key == "eot")]
    changes += [{"nodes": bounds["nodes"][:-1]}] * (len(bounds["nodes"]) > nodes_min)
    for change in changes:
        if any(bounds[key] != value for key, value in change.items()):
            yield {**bounds, **change}


def parted(clause):
    """(head, terms) of a clause, which may end with its semicolon."""
    head, _, terms = clause.strip().rstrip(";").partition(" :- ")
    return head, [term for term in re.split(r",\s*(?![^()]*\))", terms) if term]


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

    In some programs all nodes but one, the lead, are alike; and in some that is nearly so.

    A column's type is N (node), I (integer) or S (string); the first column is always a node."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.alike = self.chance(0.35)
        self.flawed = self.alike and self.chance(0.6)
        self.wide = self.chance(0.7 if self.alike else 0.2)
        self.disturbance = 0.05 if self.alike else 0.12
        self.immune = []
        count = self.pick(3, 3, 4) if self.alike else self.pick(2, 2, 3, 3, 3, 4)
        self.nodes = list("abcd")[:count]
        self.lead = self.pick(*self.nodes)
        self.eot = self.random.randint(3, 7 if len(self.nodes) < 4 else 6)
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
        if kind == "I":
            return str(self.random.randint(0, 3))
        if kind == "S" and self.chance(0.95):
            return self.pick('"x"', '"y"')
        return f'"{self.lead if self.alike else self.pick(*self.nodes)}"'

    def columns_of(self, relation):
        return "NNI" if relation == "crash" else self.columns[relation]

    def absolute(self, relation):
        here = self.chance(0.03 if relation == "crash" else 0.07)
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
            orders = [] if self.alike and kind != "I" else ["<", ">", "<=", ">="]
            body.terms.append(f"{left} {self.pick('==', '!=', '!=', *orders)} {right}")

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
        if "now(" in text and "now" not in self.columns:
            self.write(self.pick(*CLOCKS))
        for line in text.strip().splitlines():
            odds, _, clause = line.strip().partition(" ")
            if "EACH" in clause:
                self.write_facts(clause.strip())
            elif "MANY" in clause:
                self.write_numbers(clause.strip())
            elif self.chance(float(odds.strip("!"))):
                head, terms = parted(self.filled(clause))
                self.add(head, *(terms if "!" in odds else self.noisy(head, terms)))

    def write_facts(self, clause):
        """A fact for each node; the same for all where all are alike."""
        clause = self.filled(clause) if self.alike else clause
        for node, behind in zip(self.nodes, [*self.nodes[1:], self.nodes[0]]):
            if self.alike or self.chance(0.9):
                self.add(self.filled(clause.replace("EACH", f'"{node}"')
                                     .replace("NEXT", f'"{behind}"')))

    def write_numbers(self, clause):
        """number(MANY, 9)@1: the numbers from 0 to 8, at any nodes, or at the lead."""
        relation, count, when = re.fullmatch(r"(.*)MANY, (\d+)(.*)", clause).groups()
        for number in range(int(count)):
            node = self.lead if self.alike else self.pick(*self.nodes)
            self.add(f'{relation}"{node}", {number}{when}')

    def filled(self, clause):
        """The clause with one of each choice, and a constant for each word that stands for one."""
        clause = re.sub(r"\[(.*?)\]", lambda match: self.pick(*match[1].split("|")), clause)
        quorum = self.pick(1, 1, 2, len(self.nodes) - 1)
        words = {"EARLY": self.random.randint(2, self.eot - 1),
                 "LATER": self.random.randint(3, max(3, self.eot - 2)),
                 "LATE": self.random.randint(self.eot - 1, self.eot),
                 "WHEN": self.random.randint(1, self.eot), "LEAD": f'"{self.lead}"',
                 "NUMBER": self.random.randint(0, 3), "QUORUM": quorum, "FEWER": quorum - 1,
                 "ONE": f'"{self.pick(*self.nodes)}"'}
        return re.sub(r"\b[A-Z]{3,}\b", lambda word: str(words.get(word[0], word[0])), clause)

    def noisy(self, head, terms):
        """Terms of the protocol, with N and P for nodes and V for a value, and noise."""
        bound = [term for term in terms if not term.startswith("notin")]
        body = Body(*terms, N=[name for name in "NP" if re.search(rf"\b{name}\b", str(bound))])
        body.bound[self.value] += ["V"] if re.search(r"\bV\b", str(bound)) else []
        self.noise(body, self.readable(head), self.disturbance)
        return body.terms

    # -- the protocol --

    def facts(self):
        pairs = list(itertools.permutations(self.nodes, 2))
        if self.alike:  # all know all, all know the lead, or in a ring each the next
            peers = set(self.pick(pairs, pairs, [pair for pair in pairs if self.lead in pair],
                                  [*zip(self.nodes, self.nodes[1:] + self.nodes[:1])]))
            others = [node for node in self.nodes if node != self.lead]
            origins = self.pick(*[[self.lead]] * 4, self.nodes, others)
            value, times = self.constant(self.value), [self.pick(*[1] * 9, 2)]
        else:
            origins = self.random.sample(self.nodes, self.pick(1, 1, 2))
            peers = set(self.random.sample(pairs, self.random.randint(1, len(pairs))))
            peers.add(self.pick(*[pair for pair in pairs if pair[0] == origins[0]]))
            if self.chance(0.5):
                peers |= {(other, one) for one, other in peers}
            value, times = None, [*[1] * 9, 2]
        for one, other in sorted(peers):
            self.add(f'peer("{one}", "{other}")@1')
        for origin in origins:
            self.add(f'start("{origin}", {value or self.constant(self.value)})@{self.pick(*times)}')
        for name in self.wild:
            for _ in range(self.pick(0, 0, 1, 2)):
                values = [self.constant(kind) for kind in self.columns[name]]
                time = self.pick(1, 1, self.random.randint(1, self.eot))
                for node in self.nodes if self.alike and self.chance(0.5) else [None]:
                    first = f'"{node}"' if node else values[0]
                    self.add(f"{name}({', '.join([first, *values[1:]])})@{time}")

    def persistence(self):
        likely = {"peer": 0.95, "start": 0.2 if self.alike else 0.5, "got": 0.95, "ack": 0.8}
        for name, columns in self.columns.items():
            if self.chance(likely.get(name, 0.6)):
                body = Body()
                arguments = ", ".join(map(body.fresh, columns))
                body.terms.append(f"{name}({arguments})")
                if self.chance(self.disturbance / 2):
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
            function = self.pick("count", *["min", "max"] * (not self.alike or kind == "I"),
                                 *["sum", "avg"] * 2 * (kind == "I"))
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

    def difference(self, known="NP"):
        """A term that tells nodes apart and reads no other variables; writes what it needs."""
        term = self.filled(self.pick(*[one for one in DIFFERENCES
                                       if set(re.findall(r"\b[NP]\b", one)) <= set(known)]))
        if "first(" in term and "first" not in self.columns:
            self.columns["first"] = "NN"
            head, terms = parted(self.filled(FIRST))
            self.add(head, *terms)
        if "special(" in term and "special" not in self.columns:
            self.columns["special"] = "N"
            one, others = self.pick(*self.nodes), self.pick(None, None, 2)
            for node in self.nodes:  # a fact of one only, or of all but at another time
                if node == one or others:
                    self.add(f'special("{node}")@{1 if node == one else others}')
        return term

    def repair(self, clause):
        """A second way that is open to some only."""
        if "now(" in clause and "now" not in self.columns:
            self.write(self.pick(*CLOCKS))
        head, terms = parted(self.filled(clause.replace("DIFFERENCE", self.difference())))
        self.add(head, *terms)

    def flaw(self):
        """Tells nodes apart that were alike, in one place."""
        facts = [at for at, clause in enumerate(self.clauses) if ":-" not in clause]
        rules = [at for at, clause in enumerate(self.clauses)
                 if re.search(r":-.*\b[NP]\b", clause)]
        promised = [at for at in rules if self.clauses[at].startswith("pre(")]
        what = self.random.randint(0, 11)
        if what < 6:
            self.repair(self.pick(*REPAIRS))
        elif what < 9 and promised:  # something is promised to some only, or of any importance
            at = self.pick(*promised, *promised, *rules)
            known = re.findall(r"\b[NP]\b", self.clauses[at])
            self.clauses[at] = f"{self.clauses[at][:-1]}, {self.difference(known)};"
        elif what == 9 and self.chance(0.5):
            del self.clauses[self.pick(*facts)]
        elif what == 9:
            at = self.pick(*facts)
            self.clauses[at] = re.sub(r"@1;$", "@2;", self.clauses[at])
        elif what == 10:
            self.add(f'{self.pick("start", "start", "got")}("{self.pick(*self.nodes)}", '
                     f'{self.constant(self.value)})@{self.random.randint(1, self.eot - 1)}')
        else:
            self.immune = [self.pick(*[node for node in self.nodes if node != self.lead])]

    def bounds(self):
        many = len(self.nodes) > 3
        most = 3 if many or self.flawed else min(self.eot, 4)
        eff = self.random.randint(2, most) if self.chance(0.8) else 0
        crashes = self.pick(0, 1, 1, 2) if eff else self.pick(1, 1, 2)
        # More of everything would take exhaustive search too long.
        capped = self.chance(0.9 if many and self.alike or "flood" in self.columns else
                             0.7 if many and eff > 2 or self.wide else 0.4 if eff > 3 else 0.2)
        immune = self.immune
        if not immune and self.chance(0.2):
            immune = [self.lead if self.alike else self.pick(*self.nodes)]
        return {"nodes": self.nodes, "eot": self.eot, "eff": eff, "crashes": crashes,
                "omissions": self.pick(0, 1, 1, 2, 2, 3) if capped else None,
                "immune": immune, "oracle": self.pick("strict", "strict", "molly")}

    def family(self):
        """The parts of a protocol, and a promise."""
        # Elections and heirs tell nodes apart.
        names = [name for name in FAMILIES
                 if not self.alike or self.flawed or name not in ("election", "view")]
        special = self.chance(0.2 if self.flawed else 0.6)
        parts, promises = FAMILIES[self.pick(*names)] if special else ((), DELIVERY)
        return parts, self.pick(*promises)

    def skeleton(self):
        """Little but one message, which only some may miss, and a mirage: that is to be learned."""
        self.eot, self.disturbance = self.random.randint(4, 6), 0
        pairs = [*itertools.permutations(self.nodes, 2)]
        for one, other in self.pick(pairs, [pair for pair in pairs if pair[0] == self.lead]):
            self.add(f'peer("{one}", "{other}")@1')
        self.add(f'start("{self.lead}", {self.constant(self.value)})@1')
        self.write(SKELETON)
        for _ in range(self.pick(1, 1, 2)):
            self.repair(self.pick(*REPAIRS[:6]))
        self.write(MIRAGES[0])
        self.write(self.pick(DELIVERED, AGREED))
        bounds = {**self.bounds(), "eff": self.pick(2, 3), "crashes": self.pick(0, 0, 1),
                  "omissions": self.pick(None, 1, 2)}
        return Scenario(tuple(self.clauses), bounds)

    def scenario(self):
        if self.flawed and self.chance(0.5):
            return self.skeleton()
        parts, promise = self.family()
        if parts or self.flawed:  # there is more to come than one message
            self.eot = max(self.eot, 5 if self.flawed else 4)
        self.facts()
        self.persistence()
        reactions = self.pick(0, 0, 1) if self.alike else self.pick(0, 1, 1, 2)
        for part in [MESSAGES, *parts, *self.random.sample(REACTIONS, reactions)]:
            self.write(part)
        if self.wide:
            self.write(self.pick(*(MIRAGES if self.chance(0.8 if self.alike else 0.4) else WIDE)))
        if not self.alike and self.chance(0.15):
            self.write(self.pick(*CYCLES))
        if not self.alike or self.chance(0.4):
            self.wild_rules()
        if self.chance(0.1 if self.alike else 0.3):
            self.aggregate()
        if self.chance(0.07):
            self.anything()
        else:
            self.write(promise)
        if self.flawed:
            self.flaw()
        return Scenario(tuple(self.clauses), self.bounds())
