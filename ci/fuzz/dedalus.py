"""A deliberately naive interpreter of the Dedalus dialect, written from harness/dedalus/dialect.md
alone: it joins by nested loops and derives until nothing changes (see ci/fuzz/reference)."""

import collections
import functools
import itertools
import json
import operator
import re
from dataclasses import dataclass, field, make_dataclass, replace

FACTS_MAX = 20000  # of one time step
UNSETTLED_MAX = 10  # contributions that an aggregate in a cycle may or may not have


class RunError(Exception):
    """The run ends with an error: facts left undefined; or an overflow, a division by zero."""

    def __init__(self, reason, facts=frozenset()):
        super().__init__(f"{reason} {' '.join(sorted(facts))}")
        self.facts, self.time = facts, None

    def is_told(self, message):
        """Whether this is the error of which ldfi tells; it names some of the undefined facts."""
        named = message.partition("leaves undefined: ")[2].partition("; the rules")[0]
        named = set(re.findall(r"[A-Za-z0-9._?]+\([^)]*\)", named))
        return (f"time {self.time}" in message and named <= self.facts
                and len(named) >= min(3, len(self.facts)))


class TooHard(Exception):
    """The naive way would take too long."""


# ---- syntax ----

Variable = make_dataclass("Variable", ["name"], frozen=True)
Constant = make_dataclass("Constant", ["value"], frozen=True)
Operation = make_dataclass("Operation", ["sign", "left", "right"], frozen=True)
Aggregate = make_dataclass("Aggregate", ["function", "variable"], frozen=True)
Comparison = make_dataclass("Comparison", ["sign", "left", "right"], frozen=True)
# `when`: None, "next", "async" or a time
Predicate = make_dataclass("Predicate", ["name", "arguments", "negated", "when"], frozen=True)

TOKEN = re.compile(r'\s+|//[^\n]*|/\*.*?\*/|'
                   r'("[^"]*"|[A-Za-z0-9._?]+|:-|==|!=|<=|>=|[(),;@<>+*/-])', re.S)
COMPARISONS = {"==": operator.eq, "!=": operator.ne, "<": operator.lt, ">": operator.gt,
               "<=": operator.le, ">=": operator.ge}


def ranged(number):
    if not -2 ** 63 <= number < 2 ** 63:
        raise RunError("overflow")
    return number


def quotient(left, right):
    if right == 0:
        raise RunError("division by zero")
    return ranged(abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1))


OPERATIONS = {"+": lambda left, right: ranged(left + right),
              "-": lambda left, right: ranged(left - right),
              "*": lambda left, right: ranged(left * right), "/": quotient}
AGGREGATES = {"count": len, "min": min, "max": max, "sum": lambda values: ranged(sum(values)),
              "avg": lambda values: quotient(ranged(sum(values)), len(values))}


class Parser:
    def __init__(self, text):
        self.tokens = [match[1] for match in TOKEN.finditer(text) if match[1]] + ["", ""]
        self.tokens.reverse()  # the next one is the last
        self.fresh = itertools.count()

    def peek(self, ahead=1):
        return self.tokens[-ahead]

    def take(self, *expected):
        assert not expected or self.peek() in expected, f"'{self.peek()}', not '{expected[0]}'"
        return self.tokens.pop()

    def listed(self, item, end):
        """item { "," item } end"""
        items = [item()]
        while self.take(",", end) == ",":
            items.append(item())
        return items

    def atom(self):
        token = self.take()
        if token[0] == '"':
            return Constant(token[1:-1])
        if token == "_":
            return Variable(f"_{next(self.fresh)}")
        return Constant(int(token)) if token.isdigit() else Variable(token)

    def operations(self, operand, signs):
        left = operand()
        while self.peek() in signs:
            left = Operation(self.take(), left, operand())
        return left

    def expression(self):
        return self.operations(lambda: self.operations(self.atom, ["*", "/"]), ["+", "-"])

    def argument(self):
        if self.peek() in AGGREGATES and self.peek(2) == "<":
            function, _, variable, _ = self.take(), self.take(), self.atom(), self.take(">")
            return Aggregate(function, variable)
        return self.expression()

    def predicate(self):
        negated = self.peek() == "notin" and bool(self.take())
        name, _, arguments = self.take(), self.take("("), self.listed(self.argument, ")")
        when = self.take() and self.take() if self.peek() == "@" else None
        return Predicate(name, tuple(arguments), negated,
                         int(when) if when and when.isdigit() else when)

    def term(self):
        if self.peek() == "notin" or self.peek(2) == "(":
            return self.predicate()
        left, sign = self.expression(), self.take(*COMPARISONS)
        return Comparison(sign, left, self.expression())

    def clauses(self):
        """Yields the head and the body of each clause; the body of a fact is empty, that of an
        include is None."""
        while self.peek():
            if self.peek() == "include":
                _, path, _ = self.take(), self.take(), self.take(";")
                yield path[1:-1], None
            else:
                head = self.predicate()
                yield head, self.listed(self.term, ";") if self.take(":-", ";") == ":-" else []


def variables(term):
    """The names of the variables in a term, a part of one, or a list of such."""
    if isinstance(term, (tuple, list)):
        return set().union(*map(variables, term))
    if isinstance(term, Variable):
        return {term.name}
    return set() if isinstance(term, (Constant, str, int, type(None))) else variables(
        list(vars(term).values()))


def plain(predicate):
    """The arguments that are variables: those that a positive predicate binds."""
    return [one for one in predicate.arguments if isinstance(one, Variable)]


@dataclass
class Rule:
    """A rule, and in which order its terms are looked at. There, a name stands for a variable that
    ranges over the nodes."""
    head: Predicate
    body: list
    order: list = field(default_factory=list)

    def __post_init__(self):
        predicates = [term for term in self.body if isinstance(term, Predicate)]
        positive = [term for term in predicates if not term.negated]
        comparisons = [term for term in self.body if isinstance(term, Comparison)]
        self.node = predicates[0].arguments[0]
        self.anywhere = isinstance(self.node, Variable) and self.node.name[0] == "_"
        self.aggregated = [one for one in self.head.arguments if isinstance(one, Aggregate)]
        bound = variables([plain(term) for term in positive])
        receiver = self.head.arguments[:1] if self.head.when == "async" else ()
        for one in plain(replace(self.head, arguments=(self.node, *receiver))):
            if one.name not in bound and one.name[0] != "_":
                self.order.append(one.name)
                bound.add(one.name)
        # Comparisons as soon as their variables are bound, in the order written; absences last.
        known = set(self.order)
        while comparisons or positive:
            ready = [term for term in comparisons if variables(term) <= known] + [
                term for term in positive if variables(term) <= known | variables(plain(term))]
            (comparisons if ready[0] in comparisons else positive).remove(ready[0])
            self.order.append(ready[0])
            known |= variables(ready[0])
        self.order += [term for term in predicates if term.negated]


def load(paths):
    """The inputs of a program, as (time, relation, tuple), and its rules."""
    inputs, rules, seen = set(), [], set()

    def read(path):
        if path.resolve() not in seen:
            seen.add(path.resolve())
            for head, body in Parser(path.read_text()).clauses():
                if body is None:
                    beside = path.parent / head
                    read(beside if beside.exists() else paths[0].parent / head)
                elif body:
                    rules.append(Rule(head, body))
                else:
                    inputs.add((head.when, head.name, tuple(one.value for one in head.arguments)))
    for path in paths:
        read(path)
    return inputs, rules


# ---- meaning ----

def value(expression, binding):
    if isinstance(expression, Constant):
        return expression.value
    if isinstance(expression, Variable):
        return binding[expression.name]
    return OPERATIONS[expression.sign](value(expression.left, binding),
                                       value(expression.right, binding))


def match(arguments, fact, binding):
    """The binding and what makes the arguments equal to the fact; None when nothing does."""
    extended = dict(binding)
    for argument, column in zip(arguments, fact):
        if isinstance(argument, Variable) and extended.setdefault(argument.name, column) != column:
            return None
    return extended if all(isinstance(argument, Variable) or value(argument, extended) == column
                           for argument, column in zip(arguments, fact)) else None


@dataclass(frozen=True)
class World:
    """What can be looked at, at a time: the facts of this time, by relation; those of earlier times
    that rules name, by time and relation; and the facts `crash`."""
    time: int
    facts: dict
    earlier: dict
    crashes: frozenset

    def look(self, predicate):
        if isinstance(predicate.when, int) and predicate.when > self.time:
            return ()
        if predicate.name == "crash":
            return self.crashes
        if isinstance(predicate.when, int) and predicate.when < self.time:
            return self.earlier[predicate.when, predicate.name]
        return self.facts.get(predicate.name, ())


class Model:
    def __init__(self, path):
        scenario = json.loads(path.read_text())
        self.nodes, self.eot, self.eff = scenario["nodes"], scenario["eot"], scenario["eff"]
        self.crashes, self.immune = scenario["crashes"], scenario.get("immune", [])
        self.omissions = scenario.get("omissions")
        self.molly = scenario.get("oracle") == "molly"
        self.inputs, self.rules = load([path.parent / one for one in scenario["model"]])
        read = [term for rule in self.rules for term in rule.body if isinstance(term, Predicate)]
        self.absolute = {(term.when, term.name) for term in read if isinstance(term.when, int)}
        self.reads_crash = any(term.name == "crash" for term in read)
        self.step = functools.lru_cache(maxsize=20000)(self.step_uncached)
        self.components = functools.lru_cache(maxsize=None)(self.components_uncached)

    # -- one rule --

    def bindings(self, rule, world, against):
        """Yields (sender, binding) for each binding that satisfies the body; the world `against`
        says what is absent. The sender is the node at which the rule runs; None: any."""
        found = [{}]
        for term in rule.order:
            if isinstance(term, str):
                found = [{**one, term: node} for one in found for node in self.nodes]
            elif isinstance(term, Comparison):
                found = [one for one in found if COMPARISONS[term.sign](
                    value(term.left, one), value(term.right, one))]
            elif term.negated:
                facts = against.look(term)
                found = [one for one in found
                         if all(match(term.arguments, fact, one) is None for fact in facts)]
            else:
                facts = world.look(term)
                found = [longer for one in found for fact in facts
                         if (longer := match(term.arguments, fact, one)) is not None]
        for one in found:
            unbound = rule.anywhere and rule.node.name not in one  # of `notin p(_)`
            node = None if unbound else value(rule.node, one)
            if unbound or node in self.nodes:
                yield None if rule.anywhere else node, one

    def groups(self, rule, world, against):
        """The distinct tuples of aggregated variables, by sender and the head's other columns."""
        groups = collections.defaultdict(set)
        for sender, one in self.bindings(rule, world, against):
            group = tuple(None if isinstance(argument, Aggregate) else value(argument, one)
                          for argument in rule.head.arguments)
            groups[sender if rule.head.when == "async" else None, group].add(
                tuple(value(argument.variable, one) for argument in rule.aggregated))
        return groups

    @staticmethod
    def summed(rule, group, tuples):
        """The head's columns for a group; None when it is empty."""
        columns = iter(list(zip(*tuples)))
        return tuple(AGGREGATES[argument.function](next(columns))
                     if isinstance(argument, Aggregate) else known
                     for argument, known in zip(rule.head.arguments, group)) if tuples else None

    def heads(self, rule, world, against):
        """Yields (sender, relation, columns) of what the rule derives."""
        if rule.aggregated:
            for (sender, group), tuples in self.groups(rule, world, against).items():
                yield sender, rule.head.name, self.summed(rule, group, tuples)
        else:
            for sender, one in self.bindings(rule, world, against):
                yield sender, rule.head.name, tuple(value(argument, one)
                                                    for argument in rule.head.arguments)

    # -- one time step --

    def components_uncached(self, time):
        """The rules for the same time, by sets of relations that depend on each other at this time,
        those that others depend on first; each with whether its cycles pass through notin or an
        aggregate."""
        rules = [rule for rule in self.rules if rule.head.when is None]
        reach = {rule.head.name: {rule.head.name} for rule in rules}

        def read_by(rule):
            return [term for term in rule.body if isinstance(term, Predicate)
                    and term.name in reach and term.when in (None, time)]
        for _ in rules:  # as many as the longest path can have
            for rule in rules:
                reach[rule.head.name].update(*(reach[term.name] for term in read_by(rule)))
        components = []
        for name in sorted(reach, key=lambda one: len(reach[one])):
            together = {one for one in reach[name] if name in reach[one]}
            inside = [rule for rule in rules if rule.head.name in together]
            if name == min(together):
                components.append((inside, any(
                    term.name in together and (term.negated or rule.aggregated)
                    for rule in inside for term in read_by(rule))))
        return components

    @staticmethod
    def least(world, derive):
        """The least world that holds this one and what derive(world) yields."""
        size, new = 0, -1
        while size != new:
            more = {name: set(columns) for name, columns in world.facts.items()}
            for *_, name, columns in derive(world):
                more.setdefault(name, set()).add(columns)
            size, new = sum(map(len, world.facts.values())), sum(map(len, more.values()))
            world = replace(world, facts=more)
            if new > FACTS_MAX:
                raise TooHard("more facts than a time step should have")
        return world

    def between(self, rule, sure, possible):
        """For each group, what the rule derives from each set of contributions between the two."""
        for key in sure.keys() | possible.keys():
            certain = sure.get(key, set())
            unsettled = sorted(possible.get(key, set()) - certain)
            if len(unsettled) > UNSETTLED_MAX:
                raise TooHard("an aggregate in a cycle")
            yield {self.summed(rule, key[1], certain | set(more))
                   for count in range(len(unsettled) + 1)
                   for more in itertools.combinations(unsettled, count)}

    def alternate(self, rules, base):
        """The well-founded model: what surely holds grows and what possibly holds shrinks, each the
        least fixpoint in which the other says what is absent. An aggregate is sure when what
        contributes to it is settled (a lone min or max, when nothing better is possible); until
        then it can be that of any set that may contribute."""
        def surely(world):
            for rule in rules:
                if not rule.aggregated:
                    yield from self.heads(rule, world, possible)
                    continue
                settled = self.groups(rule, possible, sure)
                lone_extreme = [one.function for one in rule.aggregated] in (["min"], ["max"])
                for key, tuples in self.groups(rule, world, possible).items():
                    head = self.summed(rule, key[1], tuples)
                    if tuples == settled.get(key) or (
                            lone_extreme and head == self.summed(rule, key[1], settled[key])):
                        yield rule.head.name, head

        def possibly(world):
            for rule in rules:
                if not rule.aggregated:
                    yield from self.heads(rule, world, sure)
                    continue
                certain = self.groups(rule, sure, possible) if possible else {}
                for each in self.between(rule, certain, self.groups(rule, world, sure)):
                    yield from ((rule.head.name, one) for one in each - {None})

        sure, possible, before = base, None, None
        while (sure, possible) != before:
            before = sure, possible
            possible = self.least(base, possibly)
            sure = self.least(base, surely)
        if sure != possible:
            raise RunError("undefined", {
                written((name, one)) for name in possible.facts
                for one in possible.facts[name] - sure.facts.get(name, set())})
        return sure

    def step_uncached(self, time, arrived, crashes, earlier):
        """(facts, facts of the next step, messages as (sender, relation, columns)) of a time step;
        a RunError is returned, to be remembered like any result."""
        world = World(time, {}, {(when, name): columns for when, name, columns in earlier}, crashes)
        world = self.least(world, lambda _: arrived)
        try:
            for rules, through_absence in self.components(time):
                world = self.alternate(rules, world) if through_absence else self.least(
                    world, lambda now, rules=rules: itertools.chain.from_iterable(
                        self.heads(rule, now, now) for rule in rules))
            after = {when: {head for rule in self.rules if rule.head.when == when
                            for head in self.heads(rule, world, world)}
                     for when in ("next", "async")}
        except RunError as error:
            error.time = time
            return error, frozenset(), frozenset()
        return (frozenset((name, one) for name, columns in world.facts.items() for one in columns),
                frozenset(head[1:] for head in after["next"]), frozenset(after["async"]))

    # -- a run, and all of them --

    def at(self, time, carried, history, crashes):
        """The step of a run whose crashes are (node, time), given what has arrived and all facts of
        earlier times."""
        arrived = carried | {(name, one) for when, name, one in self.inputs if when == time}
        earlier = frozenset(
            (when, name, frozenset(one for other, one in history[when - 1] if other == name))
            for when, name in self.absolute if when < time)
        known = itertools.product(self.nodes, crashes) if self.reads_crash else ()
        return self.step(time, arrived, frozenset((node, *crash) for node, crash in known), earlier)

    def fate(self, time, message, omissions, crashes):
        sender, _, (receiver, *_) = message
        if receiver not in self.nodes:
            return "to no node"
        if sender != receiver and any(sender == node and when <= time for node, when in crashes):
            return "lost by crash"
        if sender != receiver and (sender, receiver, time) in omissions:
            return "lost by omission"
        return "in flight" if time == self.eot else "delivered"

    def run(self, omissions, crashes):
        """(facts of each time, messages as the view `messages` has them) of one run."""
        carried, history, messages = frozenset(), [], set()
        for time in range(1, self.eot + 1):
            facts, carried, sent = self.at(time, carried, history, crashes)
            if isinstance(facts, RunError):
                raise facts
            history.append(facts)
            for message in sent:
                fate = self.fate(time, message, omissions, crashes)
                receiver = message[2][0] if fate != "to no node" else None
                messages.add((time, message[0], receiver, written(message[1:]), fate))
                carried |= {message[1:]} if fate == "delivered" else set()
        return history, messages

    def schedules(self):
        """Yields each schedule within the bounds, a set of faults, with the facts of each time or
        the error of its run; without omissions that lose nothing: no such schedule is minimal."""
        def go_on(crashes, omissions, carried, history):
            time = len(history) + 1
            if time > self.eot:
                yield crashes | omissions, history
                return
            facts, carried, sent = self.at(time, carried, history, crashes)
            if isinstance(facts, RunError):
                yield crashes | omissions, facts
                return
            sent = {one for one in sent if self.fate(time, one, (), crashes) == "delivered"}
            able = {(sender, columns[0], time) for sender, _, columns in sent if time < self.eff
                    and sender not in (None, columns[0], *self.immune)}
            most = len(able) if self.omissions is None else self.omissions - len(omissions)
            for count in range(min(len(able), most) + 1):
                for lost in itertools.combinations(sorted(able), count):
                    arriving = {one[1:] for one in sent if (one[0], one[2][0], time) not in lost}
                    yield from go_on(crashes, omissions | set(lost), carried | arriving,
                                     [*history, facts])

        able = [node for node in self.nodes if node not in self.immune]
        for count in range(self.crashes + 1):
            for nodes in itertools.combinations(able, count):
                for times in itertools.product(range(1, self.eot + 1), repeat=count):
                    yield from go_on(frozenset(zip(nodes, times)), frozenset(), frozenset(), [])

    def broken(self, history, good):
        """The pre facts whose promise a run breaks, as text."""
        def columns(name, facts):
            return {one for other, one in facts if other == name}
        watched = columns("pre", history[-1])
        watched &= columns("post", good[-1]) if self.molly else watched
        return frozenset(written(("pre", one)) for one in watched - columns("post", history[-1]))

    def vacuous(self, good):
        return bool({"pre", *(["post"] if self.molly else [])} - {name for name, _ in good[-1]})


def written(fact):
    """As a model would write it."""
    columns = (str(one) if isinstance(one, int) else f'"{one}"' for one in fact[1])
    return f"{fact[0]}({', '.join(columns)})"
