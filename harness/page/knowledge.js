/* What each node knew at a time: a row a relation, a column a node. With two runs side by side, a
 * fact of one alone says so. */

/* The facts of a time in both runs: {relation, node, tuple, facts: [of run 0, of run 1]}; -1: none. */
function knownAt(sides, time) {
    const known = new Map();
    sides.forEach((run, side) => run.factsAt(time).forEach((fact) => {
        const tuple = run.tupleOf(fact), relation = run.names.relation(tuple);
        if (run.names.internal.has(relation))
            return;
        if (!known.has(tuple))
            known.set(tuple, { relation, node: run.names.node(tuple), tuple, facts: sides.map(() => -1) });
        known.get(tuple).facts[side] = fact;
    }));
    return [...known.values()];
}

function isNews(sides, entry, time) {
    return entry.facts.some((fact, side) => fact >= 0 && sides[side].timeOf(fact) > 0 &&
        sides[side].find(entry.tuple, time - 1) < 0);
}

function isOneSided(entry) {
    return entry.facts.includes(-1);
}

/* How a fact of one run alone is marked: [sign, words]. */
function sideMark(sides, entry) {
    if (sides.length < 2 || !isOneSided(entry))
        return ["", ""];
    return entry.facts[0] >= 0 ? ["− ", "without faults only"] : ["+ ", "in this run only"];
}

function factButton(sides, entry, chosen, select) {
    const side = entry.facts.at(-1) >= 0 ? entry.facts.length - 1 : 0;
    const fact = entry.facts[side], names = sides[side].names;
    const [sign, words] = sideMark(sides, entry);
    const isChosen = chosen !== null && chosen.side === side && chosen.fact === fact;
    return el("button", {
        type: "button", class: `fact ${sign === "− " ? "missing" : sign === "+ " ? "extra" : ""}`,
        "aria-pressed": String(isChosen), "aria-label": `${names.text(entry.tuple)}${words && ", " + words}`,
        title: names.text(entry.tuple), "data-fact": fact, "data-side": side,
        click: () => select({ side, fact }),
    }, sign + (names.rest(entry.tuple) || "yes"));
}

const KNOWN = {
    all: ["everything", () => true],
    news: ["what is new", isNews],
    differences: ["what differs", (sides, entry) => isOneSided(entry)],
};

function knowledgeTable(sides, time, which, chosen, select) {
    const entries = knownAt(sides, time).filter((entry) => KNOWN[which][1](sides, entry, time));
    const names = sides[0].names, relations = [...new Set(entries.map((entry) => entry.relation))].sort((a, b) => a - b);
    const columns = names.nodes.map((_, node) => node);
    if (entries.some((entry) => entry.node < 0))
        columns.push(-1);
    if (entries.length === 0)
        return el("p", { class: "note" }, `At time ${time}: nothing.`);
    const cell = (relation, node) => entries.filter((entry) => entry.relation === relation && entry.node === node)
        .map((entry) => factButton(sides, entry, chosen, select));
    return scroller(`What each node knew at time ${time}`, el("table", { class: "knowledge" },
        el("caption", { class: "hidden" }, `What each node knew at time ${time}`),
        el("thead", null, el("tr", null, el("th", { scope: "col" }, "Relation"),
            columns.map((node) => el("th", { scope: "col" }, node < 0 ? "(no node)" : names.nodes[node])))),
        el("tbody", null, relations.map((relation) => el("tr", null,
            el("th", { scope: "row" }, names.relations[relation]),
            columns.map((node) => el("td", null, cell(relation, node))))))));
}
