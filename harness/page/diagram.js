/* The space-time diagram: a column a node, time downwards. A message is a row of its own, so that
 * its text can stand beside it; good and bad run have the same rows, so that what differs is seen
 * at a glance. */

const ROW = 22, NARROW_ROW = 36, TOP = 34, GUTTER = 62, TEXT_LETTER = 7.3;

/* ---- rows ---- */

/* Was the same sent one step before, with the same fate? What an omission loses is always drawn: it
 * is one of the faults. */
function isRepeated(run, message) {
    if (message.fate === LOST_BY_OMISSION)
        return false;
    const before = run.messageByKey.get(run.messageKey({ ...message, sent: message.sent - 1 }));
    return before !== undefined && (before.fate === message.fate || message.fate === IN_FLIGHT);
}

function isLost(message) {
    return message.fate === LOST_BY_OMISSION || message.fate === LOST_BY_CRASH;
}

function isDrawn(run, message, shows) {
    return (message.from !== message.to || shows.own) && (shows.repeats || !isRepeated(run, message));
}

/* The messages of a time, those of all runs that are one message in one row: [[of run 0, of run 1]]. */
function messageRows(sides, time, shows) {
    const rows = new Map();
    sides.forEach((run, side) => run.messages.filter((message) => message.sent === time).forEach((message) => {
        const key = run.messageKey(message);
        if (!rows.has(key))
            rows.set(key, sides.map(() => null));
        rows.get(key)[side] = message;
    }));
    return [...rows.values()].filter((row) =>
        row.some((message, side) => message !== null && isDrawn(sides[side], message, shows)));
}

function windowState(sides, time) {
    return sides.map((run) => run.isWhole
        ? ["pre", "post"].map((name) => run.ofRelation(name, time).length > 0) : [false, false]);
}

/* Does a message differ between the runs? */
function differs(row) {
    return row.length > 1 && (row[0] === null || row[1] === null || row[0].fate !== row[1].fate);
}

function crashesAt(run, time) {
    return run.crashes.filter((crash) => crash.time === time);
}

/* The rows of a diagram: {from, to} a time, or several at which nothing is sent; {message}. */
function layOut(sides, shows) {
    const rows = [], eot = sides[0].eot;
    for (let time = 1; time <= eot; time++) {
        const messages = messageRows(sides, time, shows);
        const windows = windowState(sides, time);
        const isCrash = sides.some((run) => crashesAt(run, time).length > 0);
        const isQuiet = messages.length === 0 && !isCrash;
        const last = rows.at(-1);
        if (isQuiet && last?.isQuiet && String(last.windows) === String(windows)) {
            last.to = time;
            continue;
        }
        rows.push({ from: time, to: time, isQuiet, windows, messages: null, differs: isCrash && sides.length > 1 });
        for (const row of messages)
            rows.push({ from: time, to: time, isQuiet: false, windows, messages: row, differs: differs(row) });
    }
    return rows;
}

/* ---- drawing ---- */

function hiddenText(sides, shows) {
    const count = (run) => run.messages.filter((message) => !isDrawn(run, message, shows)).length;
    const hidden = Math.max(...sides.map(count));
    return hidden === 0 ? "" : `${plural(hidden, "message")} that ${hidden === 1 ? "goes" : "go"} from a node ` +
        "to itself, or only repeat those of the step before, are not drawn.";
}

class Diagram {
    /* `select` is called with what is clicked: {side, time} or {side, time, message}. */
    constructor(sides, shows, isNarrow, select) {
        Object.assign(this, { sides, shows, isNarrow, select });
        this.names = sides[0].names;
        this.rows = layOut(sides, shows);
        this.rowHeight = isNarrow ? NARROW_ROW : ROW;
        const longest = Math.max(2, ...this.names.nodes.map((name) => Math.min(name.length, 12)));
        this.lane = Math.max(isNarrow ? 40 : 56, longest * TEXT_LETTER + 12);
        this.textLeft = GUTTER + this.names.nodes.length * this.lane + 8;
        let y = TOP;
        for (const row of this.rows) {
            row.y = y;
            row.height = row.messages === null ? ROW : this.rowHeight;
            y += row.height;
        }
        this.height = y + 8;
        const first = this.rows.find((row) => row.differs);
        this.firstDifference = first === undefined ? null
            : this.rows.find((row) => row.messages === null && row.from === first.from);
        this.panes = sides.map((run, side) => this.#pane(run, side));
    }

    x(node) {
        return GUTTER + (node + 0.5) * this.lane;
    }

    #width(run) {
        if (this.isNarrow)
            return Math.max(this.textLeft, 320);
        const letters = Math.max(12, ...this.rows.map((row) =>
            Math.max(0, ...(row.messages ?? []).map((message) => message === null ? 0
                : Math.min(80, this.#label(run, row, message).length)))));
        return this.textLeft + letters * TEXT_LETTER + 16;
    }

    #label(run, row, message) {
        const sign = isLost(message) ? "✕ " : "";
        const fate = message.fate === DELIVERED ? "" : ` – ${FATES[message.fate]}`;
        return `${row.differs ? "≠ " : ""}${sign}${run.names.text(message.tuple)}${fate}`;
    }

    #pane(run, side) {
        const width = this.#width(run), pattern = `hatch-${side}`;
        const current = svg("rect", { class: "current", x: 0, width, height: ROW, y: -100 });
        const lines = this.rows.map((row) => this.#row(run, side, row, width));
        return {
            current, width,
            root: svg("svg", {
                class: "diagram", viewBox: `0 0 ${width} ${this.height}`, role: "group",
                "aria-label": `Space-time diagram of run ${run.id}: ${run.info.faults}`,
            }, svg("defs", null, svg("pattern", { id: pattern, width: 8, height: 8, patternUnits: "userSpaceOnUse",
                patternTransform: "rotate(45)" }, svg("rect", { width: 2, height: 8, class: "hatch" }))),
            current, this.#windows(side, pattern), this.#lanes(run), lines, this.#marks(width)),
        };
    }

    /* Where pre and post hold. */
    #windows(side, pattern) {
        const left = GUTTER, width = this.names.nodes.length * this.lane;
        return ["pre", "post"].map((name, which) => {
            const spans = [];
            for (const row of this.rows) {
                if (!row.windows[side][which])
                    continue;
                const last = spans.at(-1);
                if (last !== undefined && last.y + last.height === row.y)
                    last.height += row.height;
                else
                    spans.push({ y: row.y, height: row.height });
            }
            const isPre = which === 0, at = isPre ? left - 20 : left - 10;
            return spans.map(({ y, height }) => svg("g", { class: `window ${name}` },
                svg("rect", { x: left, y, width, height, fill: isPre ? null : `url(#${pattern})` }),
                svg("rect", { class: "bar", x: at, y, width: 6, height }),
                svg("text", { class: "small", x: isPre ? at + 7 : at - 1, y: y - 3, "text-anchor": isPre ? "end" : "start" }, name)));
        });
    }

    #lanes(run) {
        const crashes = run.crashes;
        return this.names.nodes.map((name, node) => {
            const crash = crashes.find((one) => one.node === node);
            const row = crash && this.rows.find((one) => one.from === crash.time);
            const end = row ? row.y + ROW / 2 : this.height - 6, x = this.x(node);
            const shown = name.length > 12 ? `${name.slice(0, 11)}…` : name;
            return svg("g", { class: "lane" },
                svg("text", { x, y: 16, "text-anchor": "middle", class: "name" }, shown, svg("title", null, name)),
                svg("line", { x1: x, y1: TOP - 10, x2: x, y2: end }),
                row ? [svg("line", { class: "after", x1: x, y1: end, x2: x, y2: this.height - 6 }),
                    svg("path", { class: "crash", d: `M${x - 6} ${end - 6}l12 12M${x + 6} ${end - 6}l-12 12` })] : null);
        });
    }

    #row(run, side, row, width) {
        if (row.messages === null)
            return this.#time(run, side, row, width);
        const message = row.messages[side];
        return message === null ? this.#gap(row) : this.#message(run, side, row, message, width);
    }

    #time(run, side, row, width) {
        const crashed = crashesAt(run, row.from);
        const text = row.from === row.to ? String(row.from) : `${row.from}–${row.to}`;
        return svg("g", { class: "time", click: () => this.select({ side, time: row.from }) },
            svg("rect", { class: "hit", x: 0, y: row.y, width, height: row.height }),
            svg("line", { class: "rule", x1: 0, y1: row.y, x2: width, y2: row.y }),
            svg("text", { x: 4, y: row.y + 15 }, text),
            crashed.length === 0 ? null : svg("text", { class: "lost", x: this.isNarrow ? GUTTER : this.textLeft,
                y: row.y + 15 }, `✕ ${crashed.map(({ node }) => run.names.nodes[node]).join(", ")} crashes`));
    }

    /* The other run has a message here. */
    #gap(row) {
        return svg("text", { class: "gap", x: this.isNarrow ? GUTTER : this.textLeft, y: row.y + 15 },
            "≠ not sent here");
    }

    #message(run, side, row, message, width) {
        const text = run.names.text(message.tuple), words = this.#label(run, row, message);
        const room = Math.floor((width - (this.isNarrow ? GUTTER : this.textLeft)) / TEXT_LETTER);
        const label = `at time ${message.sent}, ${run.names.nodeName(message.from)} to ` +
            `${run.names.nodeName(message.to)}: ${text}, ${FATES[message.fate]}${row.differs ? ", not so in the other run" : ""}`;
        const choose = () => this.select({ side, time: message.sent, message: message.number });
        return svg("g", {
            class: `message ${isLost(message) ? "lost" : ""} ${message.fate === IN_FLIGHT ? "flying" : ""}`,
            role: "button", tabindex: "-1", "aria-label": label, "data-side": side,
            "data-message": message.number, "data-time": message.sent, click: choose,
            keydown: (event) => {
                if (event.key === "Enter" || event.key === " ") {
                    event.preventDefault();
                    choose();
                }
            },
        },
        svg("rect", { class: "hit", x: 1, y: row.y, width: width - 2, height: row.height }),
        this.#arrow(message, row),
        svg("text", { class: "label", x: this.isNarrow ? GUTTER : this.textLeft, y: row.y + (this.isNarrow ? 14 : 15) },
            words.length > room ? `${words.slice(0, room - 1)}…` : words, svg("title", null, words)));
    }

    #arrow(message, row) {
        const base = row.y + (this.isNarrow ? 16 : 0);
        const to = this.x(message.to < 0 ? message.from : message.to), y1 = base + 5, y2 = base + 17;
        const from = message.from < 0 ? to : this.x(message.from);
        if (from === to)
            return svg("path", { class: "arrow", d: `M${from} ${y1}c26 0 26 12 4 12`, fill: "none" });
        const part = isLost(message) ? 0.5 : 1, endX = from + (to - from) * part, endY = y1 + (y2 - y1) * part;
        const back = to > from ? -1 : 1;
        return [
            svg("circle", { class: "start", cx: from, cy: y1, r: 3 }),
            svg("line", { class: "arrow", x1: from, y1, x2: endX, y2: endY }),
            isLost(message)
                ? svg("path", { class: "cross", d: `M${endX - 5} ${endY - 5}l10 10M${endX + 5} ${endY - 5}l-10 10` })
                : svg("path", { class: "tip", d: `M${to} ${y2}l${back * 9} ${-6}l${back * 1} 9z` }),
        ];
    }

    #marks(width) {
        const row = this.firstDifference;
        return row === null ? null : svg("g", { class: "first-difference" },
            svg("line", { x1: 0, y1: row.y, x2: width, y2: row.y }),
            svg("text", { x: width - 6, y: row.y + 15, "text-anchor": "end" }, "first difference"));
    }

    rowOf(time) {
        return this.rows.find((row) => row.from <= time && time <= row.to);
    }

    /* Shows which time and message are chosen, and which messages a fact rests on; those of the time
     * can be reached by Tab. */
    mark({ side, time, message }, rests) {
        const of = this.rows.filter((row) => row.from <= time && time <= row.to);
        const height = of.reduce((sum, row) => sum + row.height, 0);
        this.panes.forEach((pane, number) => {
            pane.current.setAttribute("y", of[0]?.y ?? -100);
            pane.current.setAttribute("height", height);
            for (const element of pane.root.querySelectorAll(".message")) {
                const own = Number(element.dataset.message);
                const isChosen = number === side && own === message;
                element.setAttribute("tabindex", Number(element.dataset.time) === time ? "0" : "-1");
                element.setAttribute("aria-pressed", String(isChosen));
                element.classList.toggle("chosen", isChosen);
                element.classList.toggle("rested-on", number === rests.side && rests.messages.has(own));
            }
        });
    }
}

function legend() {
    const sample = (className, ...shapes) => svg("svg", { class: "sample", viewBox: "0 0 44 18", "aria-hidden": "true" },
        svg("g", { class: className }, shapes));
    const item = (picture, text) => el("li", null, picture, text);
    return el("ul", { class: "legend" },
        item(sample("message", svg("line", { class: "arrow", x1: 2, y1: 4, x2: 38, y2: 13 }),
            svg("path", { class: "tip", d: "M42 14l-9 -6l-1 9z" })), "message"),
        item(sample("message lost", svg("line", { class: "arrow", x1: 2, y1: 4, x2: 30, y2: 12 }),
            svg("path", { class: "cross", d: "M26 7l10 10M36 7l-10 10" })), "lost"),
        item(sample("lane", svg("line", { x1: 22, y1: 0, x2: 22, y2: 9 }),
            svg("path", { class: "crash", d: "M16 3l12 12M28 3l-12 12" })), "crash"),
        item(sample("window pre", svg("rect", { x: 0, y: 0, width: 44, height: 18 }),
            svg("rect", { class: "bar", x: 2, y: 0, width: 6, height: 18 })), "a pre fact holds"),
        item(sample("window post", svg("rect", { x: 0, y: 0, width: 44, height: 18, fill: "url(#hatch-0)" }),
            svg("rect", { class: "bar", x: 2, y: 0, width: 6, height: 18 })), "a post fact holds"),
        item(el("span", null, "≠"), "not so in the other run"),
        item(el("span", null, "●"), "bold: in the lineage of the fact chosen"));
}
