/* Why a fact is there: the firings that derive it, the premises of each, and so on; as a graph where
 * one has been laid out, and always as a tree. Beside the other run it shows what is cut there. */

/* One run, seen beside another (null: there is none). */
class Why {
    constructor(run, other) {
        this.run = run;
        this.other = other?.isWhole ? other : null;
        this.otherIsGood = other?.info.kind === "good";
    }

    get otherName() {
        return this.otherIsGood ? "the run without faults" : `run ${this.other.id}`;
    }

    isMissing(fact) {
        return this.other !== null && this.other.find(this.run.tupleOf(fact), this.run.timeOf(fact)) < 0;
    }

    /* The first of the facts that one was only carried on from, step by step, or itself; all of them
     * are in the other run, or none. */
    origin(fact) {
        for (let before; (before = this.run.before(fact)) >= 0 && this.isMissing(before) === this.isMissing(fact);)
            fact = before;
        return fact;
    }

    /* What is to be said of a fact, which was carried on from another: the other run lacks it, or it
     * was not carried so far there. */
    factMark(fact, origin) {
        if (!this.isMissing(fact))
            return "";
        const tuple = this.run.tupleOf(fact);
        for (let time = this.run.timeOf(fact); time > this.run.timeOf(origin); time--)
            if (this.other.find(tuple, time - 1) >= 0)
                return `✂ missing in ${this.otherName} from time ${time} on`;
        return `missing in ${this.otherName}`;
    }

    /* Of a firing: its message was lost in the other run. That is where lineage is cut. */
    cutMark(firing) {
        if (firing.message < 0)
            return "";
        const own = this.run.messages[firing.message];
        if (isLost(own))
            return `✂ ${FATES[own.fate]}`;
        const twin = this.other?.messageByKey.get(this.other.messageKey(own));
        return twin !== undefined && isLost(twin)
            ? `✂ cut: ${FATES[twin.fate]} in ${this.otherName}` : "";
    }

    /* What the other run has though here it is absent: a fact there; undefined if there is none. */
    violation({ pattern, time }) {
        return this.other?.factsAt(time).find((fact) =>
            this.run.names.matches(pattern, this.other.tupleOf(fact)));
    }

    absenceMark(absence) {
        const found = this.violation(absence);
        return found === undefined ? "" : `✂ not so in ${this.otherName}: ${this.other.text(found)}`;
    }

    /* The messages that a fact rests on. */
    messagesOf(fact) {
        const messages = new Set(), seen = new Set([fact]), open = [fact];
        while (open.length > 0)
            for (const firing of this.run.firingsOf(open.pop())) {
                if (firing.message >= 0)
                    messages.add(firing.message);
                for (const premise of firing.premises)
                    if (premise % 4 === PRESENT && !seen.has(premise >> 2)) {
                        seen.add(premise >> 2);
                        open.push(premise >> 2);
                    }
            }
        return messages;
    }

    absence(premise) {
        const number = premise >> 2, kind = premise % 4, run = this.run;
        return kind === ABSENT
            ? { pattern: run.absences[2 * number], time: run.absences[2 * number + 1] }
            : { pattern: run.tupleOf(number), time: run.timeOf(number) };
    }
}

function timeWords(time) {
    return time === 0 ? "at every time" : `at ${time}`;
}

function mark(text) {
    return text === "" ? null : el("span", { class: "mark" }, text);
}

/* ---- the tree ---- */

function factItem(why, fact, depth, select) {
    const { run } = why, origin = why.origin(fact), firings = run.firingsOf(origin), text = run.text(fact);
    const name = el("button", { type: "button", class: "fact", click: () => select(fact) }, text);
    const words = [name, " ", run.timeText(fact, origin), " ", mark(why.factMark(fact, origin))];
    if (firings.length === 0)
        return el("li", null, words, el("span", { class: "quiet" }, " given"));
    return foldable(`why ${text} ${run.timeText(fact, origin)}`, words, depth > 0, () => el("ul", null,
        firings.map((firing) => firingItem(why, firing, depth - 1, select, firings.length > 1))));
}

/* An item that opens; what is below is made when it does. */
function foldable(label, words, isOpen, make) {
    const toggle = el("button", { type: "button", class: "toggle", "aria-label": label, click: () => turn(!isOpen) });
    const item = el("li", null, toggle, words);
    let below = null;
    function turn(opens) {
        isOpen = opens;
        if (opens && below === null)
            item.append(below = make());
        if (below !== null)
            below.hidden = !opens;
        toggle.setAttribute("aria-expanded", String(opens));
        toggle.textContent = opens ? "▾" : "▸";
    }
    turn(isOpen);
    return item;
}

function firingWords(why, firing) {
    const { run } = why, [, , text] = run.names.rules[firing.rule];
    const message = firing.message < 0 ? null : run.messages[firing.message];
    return [
        el("code", null, text), " ", el("span", { class: "quiet" }, run.names.place(firing.rule)),
        message === null ? null : ` by a message that ${run.names.nodeName(message.from)} sent at ${message.sent}`,
        firing.exactly >= 0 ? ` counts exactly ${firing.exactly} of these` : null,
        " ", mark(why.cutMark(firing)),
    ];
}

function firingItem(why, firing, depth, select, isOneOfSeveral) {
    return el("li", { class: why.cutMark(firing) ? "firing cut" : "firing" },
        el("p", null, el("span", { class: "quiet" }, isOneOfSeveral ? "or by " : "by "), firingWords(why, firing)),
        firing.premises.length === 0 ? null : el("ul", null, firing.premises.map((premise) =>
            premise % 4 === PRESENT ? factItem(why, premise >> 2, depth, select) : absenceItem(why, premise, select))));
}

function absenceItem(why, premise, select) {
    const absence = why.absence(premise), found = why.violation(absence);
    return el("li", { class: "absence" }, `no ${why.run.names.text(absence.pattern)} ${timeWords(absence.time)} `,
        mark(why.absenceMark(absence)),
        found === undefined ? null : [" ", el("button", { type: "button", click: () => select(found, why.other) }, "why there")]);
}

/* ---- the graph ---- */

const NODE_FACT = 0, NODE_FIRING = 1, NODE_ABSENCE = 2;

/* The graph in which a fact is: its own, or that of one that rests on it. */
function graphOf(run, fact) {
    const graphs = loadGraphs(run.id);
    const holds = (graph) => {
        for (let i = 0; i < graph.nodes.length; i += 7)
            if (graph.nodes[i] === NODE_FACT && graph.nodes[i + 1] === fact)
                return true;
        return false;
    };
    return graphs.find((graph) => graph.root === fact) ?? graphs.find(holds) ?? null;
}

/* What a node of a graph says: {lines, mark, label}. */
function nodeText(why, kind, item, origin) {
    const { run } = why;
    if (kind === NODE_FACT)
        return { lines: [run.text(item), run.timeText(item, origin)], mark: why.factMark(item, origin) };
    if (kind === NODE_FIRING) {
        const firing = run.firings[item], place = run.names.place(firing.rule);
        const text = `${firing.message >= 0 ? "✉ " : ""}${place.slice(place.lastIndexOf("/") + 1)}`;
        return { lines: [text], mark: why.cutMark(firing), label: `${run.names.rules[firing.rule][2]} (${place})` };
    }
    const absence = why.absence(4 * item + (kind === NODE_ABSENCE ? ABSENT : ABSENT_FACT));
    return { lines: [`no ${run.names.text(absence.pattern)}`, timeWords(absence.time)], mark: why.absenceMark(absence) };
}

function graphNode(why, graph, at, fact, select) {
    const [kind, item, origin, x, y, w, h] = graph.nodes.slice(at, at + 7);
    const { lines, mark: words, label } = nodeText(why, kind, item, origin);
    const signs = words === "" ? "" : words.startsWith("✂") ? "✂ " : "− ";
    const room = Math.floor((w - 10) / 7);
    const cut = (line) => line.length > room ? `${line.slice(0, room - 1)}…` : line;
    const first = (h - 14 * lines.length) / 2 + 11;
    const isFact = kind === NODE_FACT;
    return svg("g", {
        class: `node kind-${kind} ${words === "" ? "" : "marked"} ${isFact && item === fact ? "chosen" : ""}`,
        transform: `translate(${x - w / 2} ${y - h / 2})`, tabindex: isFact ? "0" : null, role: isFact ? "button" : "img",
        "aria-label": [label ?? lines.join(" "), words].filter(Boolean).join(", "),
        click: isFact ? () => select(item) : null,
        keydown: isFact ? (event) => { if (event.key === "Enter") select(item); } : null,
    },
    svg("rect", { width: w, height: h, rx: kind === NODE_FIRING ? 12 : 4 }),
    lines.map((line, i) => svg("text", { x: w / 2, y: first + 14 * i, "text-anchor": "middle" },
        cut(i === 0 ? signs + line : line))),
    svg("title", null, [label ?? lines.join(" "), words].filter(Boolean).join("\n")));
}

function edgePath([, , ...points]) {
    const [x, y, ...rest] = points;
    return rest.length === 0 ? "" : `M${x} ${y}C${rest.join(" ")}`;
}

function graphPicture(why, graph, fact, select) {
    const nodes = [];
    for (let at = 0; at < graph.nodes.length; at += 7)
        nodes.push(graphNode(why, graph, at, fact, select));
    const picture = svg("svg", { class: "graph", viewBox: `-4 -4 ${graph.w + 8} ${graph.h + 8}`, role: "group",
        "aria-label": `Lineage of ${why.run.text(graph.root)}, as a graph` },
    graph.edges.map((edge) => svg("path", { class: "edge", d: edgePath(edge) })), nodes);
    picture.style.width = `${(graph.w + 8) / 16}rem`;
    return picture;
}

function graphPart(why, fact, select) {
    const graph = graphOf(why.run, fact);
    if (graph === null)
        return el("p", { class: "note" }, noGraphText());
    const isOwn = graph.root === fact;
    return [
        el("p", { class: "quiet" }, isOwn ? "" : `Within the lineage of ${why.run.text(graph.root)}. `,
            graph.cut ? `The graph ends after ${overview.limits.graph_nodes} nodes; the tree goes on. ` : "",
            "A fact rests on one of the rules below it, a rule on all below it."),
        graphScroller(why, graph, fact, select),
    ];
}

function graphScroller(why, graph, fact, select) {
    const box = scroller("Lineage as a graph", graphPicture(why, graph, fact, select));
    box.classList.add("graph-box");
    return box;
}

/* Scrolls a graph so far that the fact chosen is seen. */
function showChosen(box) {
    const node = box?.querySelector(".node.chosen");
    if (!node)
        return;
    const place = node.getBoundingClientRect(), frame = box.getBoundingClientRect();
    box.scrollLeft += place.left + place.width / 2 - frame.left - frame.width / 2;
    if (place.top < frame.top || place.bottom > frame.bottom)
        box.scrollTop += place.top - frame.top - frame.height / 3;
}

function noGraphText() {
    const { error, graphs } = overview.graphs;
    if (error)
        return `As a tree only: ${error}${graphs > 0 ? ` (after ${graphs} graphs)` : ""}.`;
    return "As a tree only: graphs are laid out for the lineage of pre and post at the end, " +
        "of runs without faults and those that break a promise, " +
        `at most ${overview.limits.run_graphs} of a run and ${overview.limits.graphs} on this page.`;
}

/* ---- both ---- */

/* The lineage of a fact of a run, or (`message`) of a message that did not arrive. `select` is called
 * with a fact that is chosen, and the run that has it, if that is the other one. */
function lineagePart(why, { fact, message }, select) {
    const { run } = why;
    if (fact === undefined && message === undefined)
        return el("p", { class: "note" }, "Choose a message or a fact to see why it is there.");
    const which = run.info.kind === "good" ? "in the run without faults" : `in run ${run.id}`;
    if (fact !== undefined)
        return [
            el("p", { class: "subject", tabindex: "-1" }, el("strong", null, run.text(fact)), ` ${timeWords(run.timeOf(fact))}, ${which}`),
            graphPart(why, fact, select),
            el("ul", { class: "tree" }, factItem(why, fact, 4, select)),
        ];
    const lost = run.messages[message];
    return [
        el("p", { class: "subject", tabindex: "-1" }, el("strong", null, run.names.text(lost.tuple)),
            ` sent at ${lost.sent}, ${which}: `, el("span", { class: "mark" }, FATES[lost.fate])),
        el("ul", { class: "tree" }, run.firingsOfMessage(message).map((firing) => firingItem(why, firing, 3, select, false))),
    ];
}

/* What a click on a message asks for: the fact that it became, or the message if it did not arrive. */
function subjectOfMessage(run, number) {
    const message = run.messages[number];
    const fact = message.fate === DELIVERED ? run.find(message.tuple, message.sent + 1) : -1;
    return fact >= 0 ? { fact } : { message: number };
}
