/* The data behind the page. It lies in elements of its own, each read when it is asked for. */

const FATES = ["delivered", "lost by omission", "lost by a crash of the sender",
    "in flight at the end of time", "sent to no node"];
const DELIVERED = 0, LOST_BY_OMISSION = 1, LOST_BY_CRASH = 2, IN_FLIGHT = 3;
const PRESENT = 0, ABSENT = 1, ABSENT_FACT = 2;
const CARRY_STEPS = 4;

function read(id) {
    const element = document.getElementById(id);
    return element === null ? null : JSON.parse(element.textContent);
}

function remembered(make) {
    const known = new Map();
    return (key) => {
        if (!known.has(key))
            known.set(key, make(key));
        return known.get(key);
    };
}

const overview = read("overview");

/* The runs of all searches, as the overview lists them. */
const runs = overview.searches.flatMap((search) =>
    search.runs.map(([id, kind, promise, faults, size, broken]) => ({
        id, search, kind, size,
        promise: kind === "capture" ? null : promise, // messages alone promise nothing
        faults: (kind === "capture" ? "a capture, " : "") + (faults || "no faults"),
        broken: broken ?? "",
        detail: document.getElementById(`run-${id}`)?.dataset.detail ?? "schedule",
    })));
const runOfId = new Map(runs.map((run) => [run.id, run]));

function pairs(numbers) {
    return numbers.flatMap((number, i) => i % 2 === 0 ? [[number, numbers[i + 1]]] : []);
}

/* Nodes, relations, rules and tuples of a search. */
class Names {
    constructor(data) {
        this.nodes = data.nodes;
        this.relations = data.relations;
        this.internal = new Set(data.internal);
        this.rules = data.rules;
        this.tuples = data.tuples;
        this.nodeOf = new Map(data.nodes.map((name, node) => [name, node]));
    }

    relation(tuple) {
        return this.tuples[tuple][0];
    }

    /* The node on which a tuple lives, or -1. */
    node(tuple) {
        const first = this.tuples[tuple][1];
        return typeof first === "string" ? this.nodeOf.get(first) ?? -1 : -1;
    }

    nodeName(node) {
        return node < 0 ? "nobody" : this.nodes[node];
    }

    value(value) {
        if (value === null)
            return "?";
        if (value === true)
            return "_";
        return typeof value === "string" ? `"${value}"` : String(value);
    }

    /* As a model would write it. */
    text(tuple) {
        const [relation, ...values] = this.tuples[tuple];
        return `${this.relations[relation]}(${values.map((value) => this.value(value)).join(", ")})`;
    }

    /* What a tuple says beside its relation and its node. */
    rest(tuple) {
        const values = this.tuples[tuple].slice(this.node(tuple) < 0 ? 1 : 2);
        return values.map((value) => this.value(value)).join(", ");
    }

    matches(pattern, tuple) {
        const wanted = this.tuples[pattern], values = this.tuples[tuple];
        return wanted.every((value, i) => value === true || this.value(value) === this.value(values[i]));
    }

    place(rule) {
        const [file, line, text] = this.rules[rule];
        return line === 0 ? text : `${file}:${line}`;
    }
}

const namesOf = remembered((search) => {
    const data = read(`search-${search}`);
    return data === null ? null : new Names(data);
});

/* A run: its messages and, if it is whole, facts, firings and absences. */
class Run {
    constructor(info, data) {
        this.info = info;
        this.id = info.id;
        this.names = namesOf(info.search.id);
        this.eot = info.search.eot;
        this.isWhole = data.facts !== undefined;
        this.crashes = pairs(data.crashes ?? []).map(([node, time]) => ({ node, time }));
        this.broken = data.broken ?? [];
        this.differences = data.differences ?? [];
        this.facts = data.facts ?? [];
        this.absences = data.absences ?? [];
        this.messages = [];
        for (let i = 0; i < data.messages.length; i += 5) {
            const [tuple, from, to, sent, fate] = data.messages.slice(i, i + 5);
            this.messages.push({ number: i / 5, tuple, from, to, sent, fate });
        }
        this.#indexFacts();
        this.#indexFirings(data.firings ?? []);
        this.messageByKey = new Map(this.messages.map((message) => [this.messageKey(message), message]));
    }

    #key(tuple, time) {
        return tuple * 2048 + time;
    }

    messageKey(message) {
        return `${message.tuple} ${message.from} ${message.sent}`;
    }

    #indexFacts() {
        this.factByKey = new Map();
        this.factsByTime = Array.from({ length: this.eot + 1 }, () => []);
        for (let fact = 0; fact * 2 < this.facts.length; fact++) {
            this.factByKey.set(this.#key(this.tupleOf(fact), this.timeOf(fact)), fact);
            this.factsByTime[this.timeOf(fact)]?.push(fact);
        }
    }

    #indexFirings(words) {
        this.firings = [];
        this.firingsByHead = new Map();
        this.firingsByMessage = new Map();
        for (let at = 0; at < words.length;) {
            const [rule, head, message, exactly, count] = words.slice(at, at + 5);
            const premises = words.slice(at + 5, at + 5 + count);
            const firing = { number: this.firings.length, rule, head, message, exactly, premises };
            this.firings.push(firing);
            append(this.firingsByHead, head, firing);
            append(this.firingsByMessage, message, firing);
            at += 5 + count;
        }
    }

    tupleOf(fact) {
        return this.facts[2 * fact];
    }

    timeOf(fact) {
        return this.facts[2 * fact + 1];
    }

    text(fact) {
        return this.names.text(this.tupleOf(fact));
    }

    find(tuple, time) {
        return this.factByKey.get(this.#key(tuple, time)) ?? -1;
    }

    /* The facts at a time, with those (of crashes) that hold at every time. */
    factsAt(time) {
        return [...(this.factsByTime[0] ?? []), ...(this.factsByTime[time] ?? [])];
    }

    ofRelation(name, time) {
        return (this.factsByTime[time] ?? []).filter(
            (fact) => this.names.relations[this.names.relation(this.tupleOf(fact))] === name);
    }

    firingsOf(fact) {
        return this.firingsByHead.get(fact) ?? [];
    }

    firingsOfMessage(message) {
        return this.firingsByMessage.get(message) ?? [];
    }

    /* The same tuple one step before, if a fact has no reason but that, by way of at most so many
     * firings; else -1. (As carried_from of report_graph.c.) */
    before(fact) {
        const tuple = this.tupleOf(fact), time = this.timeOf(fact) - 1;
        const wanted = time < 1 ? -1 : this.find(tuple, time);
        return wanted >= 0 && this.#restsOn(fact, wanted, time, CARRY_STEPS) ? wanted : -1;
    }

    #restsOn(fact, wanted, time, steps) {
        const firings = this.firingsOf(fact);
        if (firings.length !== 1 || firings[0].message >= 0)
            return false;
        return firings[0].premises.some((premise) => premise % 4 === PRESENT && (premise >> 2 === wanted ||
            (steps > 1 && this.timeOf(premise >> 2) >= time && this.#restsOn(premise >> 2, wanted, time, steps - 1))));
    }

    /* When a fact holds that is carried on from another: "at 3", "at 3–7". */
    timeText(fact, origin) {
        const from = this.timeOf(origin), to = this.timeOf(fact);
        if (to === 0)
            return "at every time";
        return from === to ? `at ${to}` : `at ${from}–${to}`;
    }
}

function append(map, key, value) {
    const list = map.get(key);
    if (list === undefined)
        map.set(key, [value]);
    else
        list.push(value);
}

const loadRun = remembered((id) => {
    const info = runOfId.get(id), data = read(`run-${id}`);
    return info === undefined || data === null || namesOf(info.search.id) === null
        ? null : new Run(info, data);
});

const loadGraphs = remembered((id) => read(`graphs-${id}`) ?? []);

/* The run without faults of a run's search, if the page has it and it is another. */
function goodRunOf(run) {
    const good = runs.find((other) => other.search === run.info.search && other.kind === "good");
    return good === undefined || good.id === run.id ? null : loadRun(good.id);
}
