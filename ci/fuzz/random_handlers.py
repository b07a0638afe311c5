"""Random protocols in C with small bounds, one for each seed: tables of handlers that
handlers/interpreter.c runs (see ci/fuzz/judge --handlers).

An instruction is a tuple: its name, its operands, its blocks, which are tuples of instructions."""

import itertools
import json
import random
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from random_programs import smaller_bounds

# Where the interpreter is, built for either opaque_state; ci/fuzz/judge says.
OBJECTS = Path("build/fuzz")

BLOCKS = {"at": 1, "crashed": 2, "each": 1, "get": 2, "if": 2, "nodes": 1}


def do(text, *blocks):
    """An instruction out of its words and its blocks: do("get log f0 f1 r0", there, not_there).
    A block is an instruction or a sequence of them; where there is but one, its instructions."""
    name, *operands = text.split()
    if BLOCKS.get(name) == 1 and len(blocks) > 1:
        blocks = [blocks]
    assert len(blocks) <= BLOCKS.get(name, 0), text
    blocks = [block if not block or isinstance(block[0], tuple) else (block,) for block in blocks]
    blocks += [()] * (BLOCKS.get(name, 0) - len(blocks))
    return (name, tuple(operands), tuple(map(tuple, blocks)))


def lines(block, indent):
    """A block, as the interpreter reads it."""
    for name, operands, blocks in block:
        yield " ".join(["  " * indent + name, *operands]) + (" {" if blocks else "")
        for number, inner in enumerate(blocks):
            yield from lines(inner, indent + 1)
            yield "  " * indent + ("} {" if number + 1 < len(blocks) else "}")


def count(block):
    return sum(1 + sum(map(count, blocks)) for _, _, blocks in block)


def everything(block):
    """Every instruction of a block, at whatever depth."""
    for instruction in block:
        yield instruction
        for inner in instruction[2]:
            yield from everything(inner)


def lesser(block):
    """Yields the block without one instruction, at whatever depth, or with what stands in an
    instruction's blocks instead of it. A scope stays where it is sound: in the outermost block."""
    for at, (name, operands, blocks) in enumerate(block):
        before, behind = block[:at], block[at + 1:]
        yield before + behind
        for inner in blocks:
            if inner:
                yield before + inner + behind
        for number, inner in enumerate(blocks):
            for less in lesser(inner):
                yield before + ((name, operands, (*blocks[:number], less, *blocks[number + 1:])),
                                *behind)


@dataclass(frozen=True)
class Scenario:
    handlers: tuple  # (name, block) each
    inputs: tuple  # clauses of Dedalus
    order: int
    opaque: bool
    bounds: dict  # as in a scenario file: all but the model
    family: str

    def size(self):
        return f"{sum(count(block) for _, block in self.handlers)} instructions"

    def under(self, oracle):
        return replace(self, bounds={**self.bounds, "oracle": oracle})

    def text(self):
        text = [f"order {self.order}"]
        for name, block in self.handlers:
            text += [f"on {name} {{", *lines(block, 1), "}"]
        return "".join(f"{line}\n" for line in text)

    def write(self, folder, name):
        """Writes NAME.json, NAME.so, NAME.program and, for inputs, NAME.ded; returns the path of
        the first."""
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(OBJECTS / ("opaque.so" if self.opaque else "handlers.so"),
                    folder / f"{name}.so")
        (folder / f"{name}.program").write_text(self.text())
        (folder / f"{name}.ded").write_text("".join(f"{clause}\n" for clause in self.inputs))
        inputs = {"inputs": [f"{name}.ded"]} if self.inputs else {}
        path = folder / f"{name}.json"
        path.write_text(json.dumps({"model": [f"{name}.so"], **inputs, **self.bounds}, indent=4)
                        + "\n")
        return path

    def smaller(self):
        """Yields scenarios that lack something of this one."""
        for at in range(len(self.handlers)):
            yield replace(self, handlers=self.handlers[:at] + self.handlers[at + 1:])
        for at, (name, block) in enumerate(self.handlers):
            for less in lesser(block):
                yield replace(self, handlers=(*self.handlers[:at], (name, less),
                                              *self.handlers[at + 1:]))
        for at in range(len(self.inputs)):
            yield replace(self, inputs=self.inputs[:at] + self.inputs[at + 1:])
        if self.order:
            yield replace(self, order=0)
        for less in smaller_bounds(self.bounds, 2):
            yield replace(self, bounds=less)


PROMISES_MAX = 6
KINDS = ("k0", "k1", "k2", "k3", "k4")
TIMERS = ("t0", "t1", "t2")
FAMILIES = ("broadcast", "broadcast", "broadcast", "request", "watch", "alarm", "quorum", "shared",
            "token", "wild", *["blind"] * 10)


class Generator:
    """Writes one random program: the handlers of a small protocol, disturbed, and a promise.

    A kind of message is answered by kinds of higher numbers alone, so that no flood rises."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.nodes = ["a", "b", "c", "d"][:self.pick(2, 3, 3, 3, 4)]
        self.lead, self.eot = "a", self.pick(4, 4, 5, 5, 6, 7)
        self.handlers, self.inputs = {}, []
        self.target, self.opaque = self.other(), self.chance(0.2)
        self.family = self.pick(*FAMILIES)

    def pick(self, *values):
        return self.random.choice(values)

    def chance(self, share):
        return self.random.random() < share

    def some(self, *values):
        """Some of the values, in their order."""
        return [value for value in values if self.chance(0.5)]

    def on(self, name, *instructions):
        """Adds to a handler; between what was there and this there may be a scope: they have
        nothing to do with each other, but for registers, which a scope clears."""
        block = self.handlers.setdefault(name, [])
        if block and self.chance(0.6):
            block.append(do("scope"))
        block += instructions

    def at_lead(self, *instructions):
        return do(f"if self = ${self.lead}", instructions)

    def other(self):
        return self.pick(*self.nodes[1:])

    # ---- protocols ----

    def begin(self, *instructions):
        """What sets things off, at the lead: the start, an input, or a timer. `f0` and `f1` of
        the instructions are what is written."""
        how = self.pick("start", "start", "input", "timer")
        key, value = self.pick(1, 1, 2), self.pick(3, 4)
        if how == "input":
            self.inputs.append(f'i0("{self.lead}", {key}, {value})@{self.pick(1, 1, 2)};')
            if self.chance(0.2):
                self.inputs.append(f'i0("{self.pick(*self.nodes)}", {key}, {self.pick(3, 4)})@'
                                   f'{self.pick(1, 2, 3)};')
            return self.on("i0", *instructions)
        said = substitute(instructions, {"f0": str(key), "f1": str(value)})
        if how == "timer":
            self.on("start", self.at_lead(do(f"timer t2 {self.pick(0, 1)}")))
            return self.on("t2", *said)
        return self.on("start", self.at_lead(*said))

    def to_others(self, kind, first="f0", second="f1"):
        return do("nodes r4", do(f"send r4 {kind} {first} {second}"))

    def keep(self, table="log", key="f0", value="f1"):
        """Puts a row: as it is, where there is none, or where it is another."""
        put = do(f"put {table} {key} 0 {value}")
        return self.pick(put, put, do(f"get {table} {key} 0 r0", (), put),
                         do(f"get {table} {key} 0 r0", do(f"if r0 < {value}", put), put))

    def broadcast(self):
        self.begin(do("put log f0 0 f1"), self.to_others("k0"))
        received = [self.keep()]
        if self.chance(0.5):
            relay = self.to_others("k1")
            received.insert(0, self.pick(relay, do("get log f0 0 r0", (), relay)))
            self.on("k1", self.keep())
        acknowledges = self.chance(0.5)
        if acknowledges:
            received.append(do("send from k2 f0 self"))
            self.on("k2", do("put ack f0 f1 1"))
        self.on("k0", *received)
        if self.chance(0.7):
            self.retry(acknowledges)

    def retry(self, acknowledges):
        """Sends again, until it is acknowledged or for a while."""
        self.on("start", self.at_lead(do(f"timer t0 {self.pick(0, 1, 1)}")))
        send = do("send r4 k0 r1 r0")
        if acknowledges:
            send = do("get ack r1 r4 r2", (), send)
        again = do(f"timer t0 {self.pick(0, 0, 1)}")
        rows = do("each log 0 0 0 r5 r0", do("set r1 1"), do("nodes r4", send))
        self.on("t0", *self.pick([rows, again], [again, rows], [rows],
                                 [rows, do(f"if now < {self.eot - 2}", again)]))

    def request(self):
        """A client asks, servers write and answer, and agree or not."""
        server = self.other()
        self.begin(do("put asked f0 0 f1"), do(f"send ${server} k0 f0 f1"))
        answer = do("send from k3 f0 f1")
        if self.chance(0.4):
            answer = do("get log f0 0 r0", do("send from k3 f0 r0"), answer)
        self.on("k0", *self.pick([answer, self.keep()], [self.keep(), answer],
                                 [self.keep(), self.to_others("k1"), answer]))
        self.on("k1", self.keep(), *self.some(do("send from k2 f0 1")))
        self.on("k2", do("integer odone f0 0 r0 0"), do("put odone f0 0 r0+1"))
        self.on("k3", do("put log f0 0 f1"), *self.some(do("cancel t0"), do("delete asked f0 0")))
        if self.chance(0.6):
            other = self.pick(*self.nodes)
            self.on("start", self.at_lead(do(f"timer t0 {self.pick(1, 2)}")))
            self.on("t0", do("each asked 0 0 0 r5 r0", do(f"send ${other} k0 1 r0")),
                    *self.some(do(f"timer t0 {self.pick(0, 1)}")))

    def watch(self):
        """Heartbeats keep a timer from running out; when it does, it reads and acts."""
        beats = self.pick(0, 0, 1)
        self.on("start", do(f"if self = ${self.lead}", do(f"timer t0 {beats}"),
                            do(f"timer t1 {self.pick(1, 2, 2, 3)}")))
        self.on("t0", self.to_others("k3", "1", "2"), do(f"timer t0 {beats}"))
        again = do(f"timer t1 {self.pick(1, 2, 2, 3)}")
        self.on("k3", *self.pick([again], [again, do("put log f0 0 f1")],
                                 [do("cancel t1")], [again, do("put oseen from 0 now")]))
        suspect = do("put osuspect 1 0 self")
        self.on("t1", *self.pick(
            [suspect], [suspect, self.to_others("k4", "1", "self")],
            [do(f"crashed ${self.lead}", suspect, do("put ofine 1 0 1"))],
            [do("get log 1 0 r0", do("put ofine 1 0 r0"), suspect)],
            [do("integer ocount 0 0 r0 0"), do("put ocount 0 0 r0+1"),
             do("if r0 < 1", again, suspect)]))
        self.on("k4", do("put osuspect 1 0 f1"))
        if self.chance(0.5):
            self.begin(do("put log f0 0 f1"), self.to_others("k0"))
            self.on("k0", self.keep())

    def alarm(self):
        """Timers that are set again, to the same time by another way, or cancelled by each
        other."""
        steps = self.pick(1, 2, 2, 3)
        due = f"by{self.random.randint(3, self.eot)}"
        self.on("start", do(f"timer t0 {self.pick(due, steps)}"),
                *self.some(do(f"timer t1 {self.pick(due, steps)}")))
        self.begin(self.to_others("k0"), *self.some(self.to_others("k1")))
        sets = [do(f"timer t0 {self.pick(0, 1, 2, 8)}"), do("cancel t0"), do("cancel t1"),
                do(f"timer t0 {due}"), do(f"timer t0 {due}"), do("put ogate 1 0 f0"),
                do(f"timer t1 {self.pick(0, 1, 2)}"), do(f"send $b k2 f0 f1"),
                do("put log f0 0 f1"), do(f"timer t0 {max(steps - 1, 0)}"),
                do(f"send {self.pick('self', 'from')} k2 f0 f1")]
        for kind in ("k0", "k1", "k2"):
            self.on(kind, *self.random.sample(
                [one for one in sets if kind != "k2" or one[0] != "send"], self.pick(1, 2)))
        acts = [do("get ogate 1 0 r0", (), do("put osuspect 1 0 1")),
                do("put osuspect 1 0 1"), do("cancel t1"), do("cancel t0"), do("put log 1 0 5"),
                do("get log 1 0 r0", (), do("put osuspect 1 0 r0")), do("delete log 1 0"),
                do("each log 0 0 0 r1 r0", do("send $a k4 r1 r0"), do("break"))]
        self.on("t0", *self.random.sample(acts, self.pick(1, 2)))
        self.on("t1", *self.random.sample(acts, self.pick(1, 2)))
        self.on("k4", do("put log f0 0 f1"))
        if self.chance(0.6):  # at different times
            self.handlers.setdefault("start", []).insert(0, self.at_lead(do("timer t2 0")))
            self.on("t2", self.to_others(self.pick("k1", "k2"), "1", "2"))

    def quorum(self):
        """Votes are counted, or added up, and so many decide."""
        self.begin(self.to_others("k0"), *self.some(do("put vote 1 self 1")))
        self.on("k0", *self.some(do("put log f0 0 f1")),
                *self.pick([do("send from k1 f0 self")],
                           [do("get log f0 0 r0", (), do("send from k1 f0 self"))],
                           [do("random r0 1"), do("if r0 = 0", do("send from k1 f0 self"))]))
        most = max(len(self.nodes) - self.pick(1, 1, 2), 1)
        decide = self.pick(do("put log f0 0 9"), do("put odone 1 0 1"), self.to_others("k2"))
        tally = [do(f"each vote {self.pick(0, 1)} 1 0 r1 r2", do("set r3 r3+1")),
                 do(f"if r3 < {most}", (), decide)]
        counted = [do("integer ocount f0 0 r0 0"), do("put ocount f0 0 r0+1"),
                   do(f"if r0+1 < {most}", (), decide)]
        self.on("k1", *self.pick([do("put vote f0 f1 1"), *tally], [*tally, do("put vote f0 f1 2")],
                                 counted))
        self.on("k2", do("put log f0 0 f1"), *self.some(do("put odone 1 0 1")))
        if self.chance(0.4):
            self.on("start", do(f"timer t1 {self.pick(1, 2, 3)}"))
            self.on("t1", *self.pick([do("delete vote 1 $b")], [self.to_others("k2", "1", "3")],
                                     [do("get odone 1 0 r0", (), self.to_others("k0", "1", "3"))]))

    def shared(self):
        """Several write the same row, and some take it away or write another."""
        target = self.other()
        for node in self.nodes:
            kind, value = self.pick("k0", "k0", "k1", "k2"), self.pick(3, 3, 3, 4)
            if self.chance(0.5):
                self.on("start", do(f"if self = ${node}", do(f"send ${target} {kind} 1 {value}")))
            else:
                self.on("start", do(f"if self = ${node}", do(f"timer t0 {self.pick(0, 1)}")))
                self.on("t0", do(f"if self = ${node}", do(f"send ${target} {kind} 1 {value}")))
        self.on("k0", self.pick(do("put log f0 0 f1"), do("put log f0 0 3")),
                *self.some(do("send from k3 f0 f1")))
        self.on("k1", self.pick(do("delete log f0 0"), do("put log f0 0 4"), do("put ogate 1 0 1"),
                                do("delete ogate 1 0")))
        self.on("k2", self.pick(
            do("get ogate 1 0 r0", do("put log f0 0 f1"), do("put log f0 0 3")),
            do("get log 1 0 r0", do("put log 2 0 r0"), do("put log 1 0 3")),
            do("each log 0 0 0 r1 r2", do("put osum 0 0 r2+1"), do("break"))))
        self.on("k3", do("put log f0 0 f1"))
        if self.chance(0.4):
            self.on("start", do(f"if self = ${target}", [
                do("put log 1 0 3"), *self.some(do("put ogate 1 0 1"), do("timer t1 2"))]))
            self.on("t1", self.pick(do("delete log 1 0"), do("put log 1 0 3"),
                                    do("delete ogate 1 0")))

    def token(self):
        """It goes from node to node, each of which writes."""
        self.begin(do("put log f0 0 f1"), do("send $b k0 f0 f1"))
        route = ["k0", "k1", "k2", "k3"]
        for kind, following in itertools.pairwise(route):
            to = self.pick("self+1", *(f"${node}" for node in self.nodes))
            self.on(kind, self.pick(do("put log f0 0 f1"), do("put log f0 0 f1+1"), self.keep()),
                    do(f"send {to} {following} f0 f1"))
        self.on("k3", do("put log f0 0 f1"))
        if self.chance(0.5):
            self.on("start", self.at_lead(do(f"timer t0 {self.pick(1, 2, 3)}")))
            self.on("t0", do("get log 1 0 r0", do("send $b k1 1 r0")))

    def blind(self):
        """Little is read, so that lineage search needs few runs: what it does not see it misses."""
        target = self.target
        times = [self.random.randint(3, self.eot) for _ in range(2)]
        for _ in range(self.random.randint(3, 6)):
            sender, time = self.pick(*self.nodes), self.random.randint(1, 3)
            to = target if self.chance(0.8) else self.pick(*self.nodes)
            send = do(f"send ${to} {self.pick('k0', 'k0', 'k1', 'k2', 'k3')} 1 "
                      f"{self.pick(3, 3, 4)}")
            if time > 1:
                self.on("start", do(f"if self = ${sender}", [do(f"timer s{time} by{time}")]))
            self.on("start" if time == 1 else f"s{time}", do(f"if self = ${sender}", [send]))
        for name in self.some("t0", "t0", "t1"):
            self.on("start", do(f"timer {name} by{self.pick(*times)}"))
        for kind in KINDS:
            others = [other for other in KINDS if other > kind] or ["k4"]
            acts = self.blind_acts(times) + [
                do(f"send {self.pick('from', f'${target}')} {self.pick(*others)} f0 f1")] * (
                    2 * (kind < "k4"))
            self.on(kind, *self.random.sample(acts, self.pick(1, 1, 1, 2, 3)))
        self.on("t0", *self.reads(self.blind_acts(times)) if self.chance(0.6) else
                [self.pick(*self.blind_acts(times))])
        self.on("t1", self.pick(*self.blind_acts(times)))
        if self.chance(0.4):
            name = self.pick(*self.handlers)
            self.on(name, *self.reads(self.blind_acts(times)))

    def blind_acts(self, times):
        """What is done without a look."""
        tables = [f"{table} 1 0" for table in ("log", "log", "ogate", "osuspect", "osuspect")]
        acts = [do(f"put {self.pick(*tables)} {self.pick(3, 3, 4)}") for _ in range(3)]
        acts += [do(f"delete {self.pick(*tables)}") for _ in range(2)]
        acts += [do(f"timer {self.pick('t0', 't0', 't1')} by{self.pick(*times, 9)}")
                 for _ in range(3)]
        return acts + [do(f"cancel {self.pick('t0', 't0', 't1')}")]

    def reads(self, acts):
        """A look, and what follows from it."""
        row = f"{self.pick('log', 'ogate', 'ogate', 'osuspect')} 1 0"
        there, not_there = self.random.sample([[], [], *([act] for act in acts),
                                               [do("put osuspect 1 0 3")]], 2)
        if self.chance(0.2):
            return [do(f"random r0 {self.pick(1, 2)}"), do("if r0 = 0", there, not_there)]
        if self.chance(0.2):
            return [do(f"each {row.split()[0]} 0 1 0 r1 r0", [*there, do("break")])]
        return [do(f"get {row} r0", there, not_there)]

    def claims(self):
        """A promise that reads little: what is there, or is not, at one node or two."""
        post = []
        for _ in range(self.pick(1, 1, 2)):
            row = f"{self.pick('log', 'log', 'ogate', 'osuspect', 'osuspect')} 1 0"
            claim = do("claim 1 1")
            blocks = self.pick(([claim],), ((), [claim]), ((), [claim]),
                               ([do("if r0 = 3", [claim])], [claim]),
                               ([do("if r0 = 4", (), [claim])], [claim]))
            node = self.target if self.chance(0.8) else self.pick(*self.nodes)
            check = do(f"at ${node}", do(f"get {row} r0", *blocks))
            post += [do("scope")] * (bool(post) and self.chance(0.7))
            post.append(self.unless_crashed(self.pick(*self.nodes), check)
                        if self.chance(0.2) else check)
        return [do("claim 1 1")], post

    def wild(self):
        for name in ("start", *self.random.sample(KINDS, 3), *self.random.sample(TIMERS, 2)):
            self.on(name, *(self.anything(name) for _ in range(self.pick(1, 2, 3))))
        self.begin(do("put log f0 0 f1"), self.to_others("k0"))

    # ---- disturbances ----

    def value(self):
        return self.pick("1", "1", "2", "3", "r0", "r0+1", "f0", "f1", "self", "from", "now")

    def row(self):
        table = self.pick("log", "log", "log", "ack", "ogate", "ocount", "osuspect", "zlast")
        return f"{table} {self.pick('1', '1', 'f0', 'r0')} {self.pick('0', '0', 'self')}"

    def anything(self, handler, depth=0):
        """An instruction of any sort, that does not rise a flood."""
        kinds = [kind for kind in KINDS if kind > handler or handler[0] != "k"]
        inner = [self.anything(handler, depth + 1) for _ in range(self.pick(1, 1, 2))] \
            if depth < 2 else []
        others = [self.anything(handler, depth + 1)] if depth < 2 and self.chance(0.5) else []
        texts = [f"put {self.row()} {self.value()}", f"put {self.row()} {self.pick(1, 3)}",
                 f"delete {self.row()}",
                 f"timer {self.pick(*TIMERS)} {self.pick(0, 1, 1, 2, 'by4')}",
                 f"cancel {self.pick(*TIMERS)}", f"random r0 {self.pick(1, 1, 2)}",
                 f"integer {self.row()} r0 {self.pick(0, 1)}", "set r0 f1"]
        if kinds and handler != "t2":
            to = self.pick("self", "from", "r0", *(f"${node}" for node in self.nodes))
            texts += [f"send {to} {self.pick(*kinds)} {self.value()} {self.value()}"] * 2
        if self.opaque:
            texts += ["bump 1", "state r0", "bump f0", "state r0"]
        blocks = [f"get {self.row()} r0", f"get {self.row()} r0",
                  f"each {self.pick('log', 'ack')} {self.pick(0, 0, 1)} 1 0 r1 r0",
                  f"if {self.value()} {self.pick('=', '!', '<')} {self.value()}",
                  f"crashed ${self.pick(*self.nodes)}"]
        if inner and self.chance(0.5):
            if self.chance(0.3):
                inner.append(do("break"))
            text = self.pick(*blocks)
            return do(text, inner) if text.startswith("each") else do(text, inner, others)
        return do(self.pick(*texts))

    def disturb(self):
        """Something is added somewhere, or left out."""
        name = self.pick(*self.handlers)
        block = self.handlers[name]
        place = self.random.randint(0, len(block))
        if self.chance(0.75) or len(block) < 2:
            added = self.anything(name)
            if self.chance(0.2):
                block.insert(place, do("scope"))
            block.insert(place, added)
        else:
            del block[place - 1]

    def use_state(self):
        """What is behind ldfi_state decides something, which little else may show."""
        handled = [name for name in self.handlers if name != "start"]
        for name in self.random.sample(handled, min(len(handled), self.pick(1, 1, 2))):
            self.handlers[name].insert(0, do("bump 1"))
        acts = [do("put osuspect 1 0 3"), do("put log 1 0 4"), do("put log 1 0 3"),
                do("delete log 1 0"), do("delete osuspect 1 0"), do("put ogate 1 0 3"),
                do("timer t1 by4")]
        name, sign, number = self.pick(*handled), self.pick("=", "!", "<"), self.pick(0, 1, 1, 2)
        self.on(name, do("state r5"), do(f"if {number} {sign} r5", *self.random.sample(
            [[self.pick(*acts)], [], [self.anything(name)]], 2)))

    def crash(self):
        """A handler crashes, or does not end, on some condition."""
        how = do(self.pick(*["abort"] * 30, *["leak"] * 5, "loop"))
        name = self.pick(*self.handlers)
        condition = self.pick(f"get {self.row()} r0", f"get {self.row()} r0",
                              f"if {self.pick(1, 2, 3)} < now", f"crashed ${self.pick(*self.nodes)}")
        self.on(name, do(condition, *self.pick([how], [(), how])))

    # ---- promises ----

    def disturb_promise(self, block):
        """Something is done before all else, and has nothing to do with it."""
        there, not_there = self.random.sample(
            [[do("abort")], [], [], [do("random r1 1")], [do("random r1 1"), do("random r2 1")],
             [do("random r3 2"), do("integer log 1 0 r2 1")]], 2)
        node = self.pick(self.target, self.pick(*self.nodes))
        row = self.pick("log 1 0", "log 1 0", "ogate 1 0", "osuspect 1 0", "odone 1 0", "ack 1 $b")
        parts = [do(f"at ${node}", do(f"get {row} r0", there, not_there)), do("scope")]
        if self.chance(0.5):
            bit = self.pick(0, 1)
            parts += [do("random r1 1"), do(f"if r1 = {bit}", self.some(do("leave")))]
        return parts + block

    def promise(self):
        if self.family == "blind":
            return self.claims()
        if self.family in ("alarm", "watch") and self.chance(0.7):
            return [do("claim 1 1")], self.wrongs()
        pre = self.pick([do(f"at ${self.lead}", do("get log 1 0 r0", do("claim 1 r0")))],
                        [do(f"at ${self.lead}", do("each log 0 0 0 r1 r0", do("claim r1 r0")))],
                        [do("nodes r4", do("at r4", do("each log 0 0 0 r1 r0",
                                                       do("claim r1 r0"))))],
                        [do("claim 1 1")], [do("claim 1 1")])
        if pre == [do("claim 1 1")]:
            return pre, self.wrongs()
        if self.family in ("broadcast", "quorum") or self.chance(0.2):
            return pre, self.pick(self.all_have, self.all_have, self.one_has, self.copies)()
        return pre, self.pick(self.one_has, self.one_has, self.copies)()

    def unless_crashed(self, node, block):
        """Crashed nodes may be excused."""
        return do(f"crashed ${node}", (), block) if self.chance(0.7) else block

    def all_have(self):
        """Claims what every node has, and the claims of one that has none is missed."""
        rows = []
        for node in self.nodes[1:] if self.chance(0.8) else self.nodes:
            rows.append(self.unless_crashed(
                node, do(f"at ${node}", do("get log 1 0 r0", (), do("leave")))))
        return [*rows, do(f"at ${self.lead}", do("each log 0 0 0 r1 r0", do("claim r1 r0")))]

    def one_has(self):
        """A row is kept where some node has it: each by itself, so that scopes can part them."""
        post = []
        for node in self.nodes[self.pick(0, 0, 0, 1):]:
            reads = do(f"at ${node}", do("each log 0 0 0 r1 r0", do("claim r1 r0")))
            post += [do("scope")] * (bool(post) and self.chance(0.6))
            post.append(self.unless_crashed(node, reads))
        return post

    def copies(self):
        """So many copies are enough."""
        least = self.pick(1, 1, 2)
        reads = do("at r4", do("get log 1 0 r0", do("set r2 r2+1")))
        if self.chance(0.3):
            reads = do("at r4", do("each log 0 0 0 r1 r0", do("set r2 r2+1"), do("break")))
        return [do("nodes r4", reads), do(f"if {least} < r2+1", (
            do(f"at ${self.lead}", do("each log 0 0 0 r1 r0", do("claim r1 r0"))),))]

    def wrongs(self):
        """What must not be: a claim stands in the way of which is some row."""
        wrong = self.pick("osuspect 1 0", "osuspect 1 0", "ocount 0 0", "log 2 0", "odone 1 0")
        post = []
        for node in self.random.sample(self.nodes, self.pick(1, 2)):
            check = do(f"at ${node}", do(f"get {wrong} r0", do("leave")))
            post.append(self.unless_crashed(node, check) if self.chance(0.4) else check)
        if self.chance(0.4):  # unless two differ
            one, other = self.random.sample(self.nodes, 2)
            post += [do(f"at ${one}", do("integer log 1 0 r1 3")),
                     do(f"at ${other}", do("integer log 1 0 r2 3")),
                     do("if r1 = r2", (), do("leave"))]
        return [*post, do("claim 1 1")]

    def bounds(self):
        if self.family == "blind":
            return {"nodes": self.nodes, "eot": self.eot, "eff": self.pick(3, 4, self.eot - 1),
                    "crashes": self.pick(0, 0, 0, 1), "omissions": None, "immune": [],
                    "oracle": "strict"}
        many = len(self.nodes) > 3 or self.eot > 5
        eff = self.pick(0, 1, 2, 2, 3) if many or self.opaque else self.pick(0, 1, 2, 2, 3, 3, 4)
        crashes = self.pick(0, 1, 1, 1, 2) if eff else self.pick(1, 1, 2)
        capped = self.chance(0.75 if many and eff > 2 else 0.3)
        return {"nodes": self.nodes, "eot": self.eot, "eff": min(eff, self.eot - 1),
                "crashes": crashes, "omissions": 1 if capped or self.opaque and eff > 2 else None,
                "immune": [self.pick(*self.nodes)] if self.chance(0.3) else [], "oracle": "strict"}

    def scenarios(self):
        """Yields the program with one promise after another."""
        getattr(self, self.family)()
        for _ in range(self.pick(0, 0, 0, 0, 1) if self.family == "blind" else
                       self.pick(0, 0, 0, 1, 1, 2)):
            self.disturb()
        if self.opaque:
            self.use_state()
        if self.chance(0.1):
            self.crash()
        order, bounds = self.pick(0, 0, 0, 0, 1, 2, 3, 4), self.bounds()
        disturbs_promise = self.chance(0.3 if self.family == "blind" else 0.1)
        for _ in range(PROMISES_MAX):
            pre, post = self.promise()
            if disturbs_promise:
                post = self.disturb_promise(post)
            handlers = {**self.handlers, "pre": pre, "post": post}
            yield Scenario(tuple((name, tuple(block)) for name, block in handlers.items()),
                           tuple(self.inputs), order, self.opaque, bounds, self.family)


def substitute(block, words):
    """A block with some operands changed."""
    return tuple((name, tuple(words.get(operand, operand) for operand in operands),
                  tuple(substitute(inner, words) for inner in blocks))
                 for name, operands, blocks in block)


# ---- what a program has ----

def features(scenario):
    found = {f"family {scenario.family}", f"{len(scenario.bounds['nodes'])} nodes",
             f"EOT {scenario.bounds['eot']}"}
    names = {}
    for handler, block in scenario.handlers:
        for name, operands, _ in everything(block):
            names.setdefault(name, set()).add(handler in ("pre", "post"))
            if name == "each" and operands[1] != "0":
                found.add("each with a prefix")
    said = {"timer": "timers", "cancel": "timers cancelled", "delete": "deleted rows",
            "random": "random numbers", "abort": "a handler crashes", "loop": "a handler loops",
            "leak": "a handler leaks",
            "each": "each", "integer": "read, then written"}
    found |= {said[name] for name in names if name in said}
    for name, text in (("scope", "scopes"), ("crashed", "crashes asked for")):
        for promises in names.get(name, ()):
            found.add(f"{text} in {'the promise' if promises else 'handlers'}")
    found |= {"opaque"} if scenario.opaque else set()
    found |= {"an order of messages"} if scenario.order else set()
    found |= {"inputs"} if scenario.inputs else set()
    return found
