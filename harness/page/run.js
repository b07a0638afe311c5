/* A run: its picture, beside that of the run without faults; what each node knew at the time chosen;
 * why the fact chosen is there. */

/* Below this many pixels texts stand above the arrows; pictures shrink to this part of their size. */
const NARROW = 700, SMALLEST = 0.75;

class RunView {
    constructor(run) {
        this.run = run;
        this.good = goodRunOf(run);
        this.sides = this.good === null ? [run] : [this.good, run];
        this.shows = { own: false, repeats: false };
        this.known = this.good?.isWhole && run.isWhole ? "differences" : "all";
        this.chosen = { side: this.sides.length - 1, time: 1, message: undefined };
        this.subject = {};
        this.pictures = el("div", { class: "pictures" });
        this.hidden = el("p", { class: "quiet" });
        this.knowledge = el("div");
        this.lineage = el("div", { "aria-live": "off" });
        this.timeText = el("output", { class: "now", "aria-live": "polite" });
        this.#draw();
        this.#begin();
    }

    /* What is shown first: the first difference, and why the promise held without it. */
    #begin() {
        const time = this.diagram.firstDifference?.from ?? 1;
        const broken = this.brokenPromises()[0];
        this.chosen.time = time;
        if (broken?.kept !== undefined)
            this.subject = { side: 0, fact: broken.kept };
        else if (broken?.promised !== undefined)
            this.subject = { side: this.sides.length - 1, fact: broken.promised };
        this.#update();
    }

    /* Each broken promise: its pre fact in this run, its post fact in the run without faults. */
    brokenPromises() {
        if (!this.run.isWhole)
            return [];
        const { names } = this.run, post = names.relations.indexOf("post");
        return this.run.broken.map((tuple) => {
            const values = JSON.stringify(names.tuples[tuple].slice(1));
            const kept = this.good?.isWhole ? this.good.ofRelation("post", this.run.eot).find((fact) =>
                JSON.stringify(names.tuples[this.good.tupleOf(fact)].slice(1)) === values) : undefined;
            const promised = this.run.find(tuple, this.run.eot);
            return { text: names.text(tuple), kept: post < 0 ? undefined : kept,
                promised: promised < 0 ? undefined : promised };
        });
    }

    #draw() {
        const isNarrow = window.innerWidth < NARROW;
        this.isNarrow = isNarrow;
        this.diagram = new Diagram(this.sides, this.shows, isNarrow, (chosen) => this.choose(chosen));
        this.pictures.replaceChildren(...this.diagram.panes.map((pane, side) => {
            const figure = el("figure", null, el("figcaption", null, this.#caption(side)), pane.root);
            figure.style.width = `${pane.width / 16}rem`;
            figure.style.minWidth = `${SMALLEST * pane.width / 16}rem`;
            return figure;
        }));
        this.hidden.textContent = hiddenText(this.sides, this.shows);
    }

    #caption(side) {
        const run = this.sides[side];
        return run.info.kind === "good" ? `Without faults (run ${run.id})` : `Run ${run.id}: ${run.info.faults}`;
    }

    #update() {
        const { time } = this.chosen, rests = { side: this.subject.side, messages: new Set() };
        this.timeText.textContent = `time ${time} of ${this.run.eot}`;
        if (this.subject.fact !== undefined)
            rests.messages = this.#why(this.subject.side).messagesOf(this.subject.fact);
        this.diagram.mark(this.chosen, rests);
        this.#updateKnowledge();
        this.#updateLineage();
        history.replaceState(null, "", `#/run/${this.run.id}/time/${time}`);
    }

    #why(side) {
        return new Why(this.sides[side], this.sides[1 - side] ?? null);
    }

    #updateKnowledge() {
        const whole = this.sides.filter((run) => run.isWhole);
        const chosen = this.subject.fact === undefined ? null : this.subject;
        this.knowledge.replaceChildren(whole.length < this.sides.length || whole.length === 0
            ? el("p", { class: "note" }, this.#noFactsText())
            : knowledgeTable(this.sides, this.chosen.time, this.known, chosen, (subject) => {
                this.subject = subject;
                this.#update();
                this.knowledge.querySelector('[aria-pressed="true"]')?.focus();
            }));
    }

    #noFactsText() {
        return `Of this run the page has no facts: it has those of runs without faults, of counterexamples, ` +
            `and of ${overview.limits.others} others of each search, as long as they have at most ` +
            `${overview.limits.firings.toLocaleString("en")} firings together.`;
    }

    #updateLineage() {
        const own = this.subject.side ?? 0;
        this.lineage.replaceChildren(...[lineagePart(this.#why(own), this.subject, (fact, run = this.sides[own]) => {
            const side = this.sides.indexOf(run);
            this.subject = { side, fact };
            const time = this.sides[side].timeOf(fact);
            this.chosen = { side, time: time === 0 ? this.chosen.time : time, message: undefined };
            this.#update();
            this.lineage.querySelector(".subject").focus();
        })].flat(Infinity).filter(Boolean));
        // Before it is part of the page, nothing has a place.
        requestAnimationFrame(() => showChosen(this.lineage.querySelector(".graph-box")));
    }

    choose({ side, time, message }) {
        this.chosen = { side, time, message };
        const run = this.sides[side];
        if (message !== undefined && run.isWhole)
            this.subject = { side, ...subjectOfMessage(run, message) };
        this.#update();
        if (message !== undefined)
            this.lineage.scrollIntoView({ block: "nearest" });
    }

    goTo(time) {
        this.chosen = { ...this.chosen, time: Math.min(this.run.eot, Math.max(1, time)), message: undefined };
        this.#update();
        this.#scrollTo(this.chosen.time);
    }

    #scrollTo(time) {
        const row = this.diagram.rowOf(time), pane = this.diagram.panes[0];
        const scale = pane.root.getBoundingClientRect().width / pane.width;
        const box = this.box.getBoundingClientRect(), top = pane.root.getBoundingClientRect().top - box.top;
        const y = row.y * scale + top;
        if (y < 0 || y + 3 * ROW > box.height)
            this.box.scrollTop += y - box.height / 3;
    }

    /* Keys of the whole page, unless something that takes them itself is focused. */
    key(event) {
        if (event.altKey || event.ctrlKey || event.metaKey ||
            event.target.closest("input, select, textarea, .panel .scroller"))
            return;
        const { time } = this.chosen, difference = this.diagram.firstDifference?.from;
        const goals = { ArrowDown: time + 1, ArrowRight: time + 1, j: time + 1,
            ArrowUp: time - 1, ArrowLeft: time - 1, k: time - 1,
            Home: 1, End: this.run.eot, d: difference };
        if (goals[event.key] === undefined)
            return;
        event.preventDefault();
        this.goTo(goals[event.key]);
    }

    resize() {
        if (this.isNarrow === window.innerWidth < NARROW)
            return;
        this.#draw();
        this.#update();
    }

    #toggle(label, key) {
        const box = el("input", { type: "checkbox", change: () => {
            this.shows[key] = box.checked;
            this.#draw();
            this.#update();
        } });
        return el("label", null, box, label);
    }

    #controls() {
        const step = (label, text, goal) => el("button", { type: "button", "aria-label": label, title: label,
            click: () => this.goTo(goal()) }, text);
        return el("div", { class: "controls" },
            step("first time", "«", () => 1),
            step("step back", "‹", () => this.chosen.time - 1), this.timeText,
            step("step forward", "›", () => this.chosen.time + 1),
            step("last time", "»", () => this.run.eot),
            this.diagram.firstDifference === null ? null :
                step("to the first difference", "first difference", () => this.diagram.firstDifference.from),
            this.#toggle("messages to oneself", "own"), this.#toggle("repeats", "repeats"));
    }

    #knownChoice() {
        const keys = Object.keys(KNOWN).filter((key) => key !== "differences" || this.sides.length > 1);
        const select = el("select", { "aria-label": "What to show", change: () => {
            this.known = keys[select.selectedIndex];
            this.#updateKnowledge();
        } }, keys.map((key) => el("option", { selected: key === this.known }, KNOWN[key][0])));
        return select;
    }

    #promises() {
        const broken = this.brokenPromises();
        if (broken.length === 0)
            return this.run.info.broken === "" ? null
                : el("p", null, badge("broken", "promised and not kept:"), ` ${this.run.info.broken}`);
        const why = (text, side, fact) => fact === undefined ? null : el("button", { type: "button", click: () => {
            this.subject = { side, fact };
            this.chosen = { side, time: this.run.eot, message: undefined };
            this.#update();
        } }, text);
        return el("div", null, el("p", null, badge("broken", `promised and not kept at time ${this.run.eot}`)),
            el("ul", { class: "promises" }, broken.map(({ text, kept, promised }) => el("li", null,
                el("code", null, text), " ", why("why promised", this.sides.length - 1, promised), " ",
                why("why kept without faults", 0, kept)))));
    }

    /* What the broken promise begins with: firings of one run that the other lacks. */
    #causes() {
        const words = ["lost", "reads a crash", "differs"], items = [];
        for (let i = 0; i < this.run.differences.length; i += 4) {
            const [kind, isNew, number, leads] = this.run.differences.slice(i, i + 4);
            const run = isNew ? this.run : this.good;
            if (run === null || !run.isWhole || !leads)
                continue;
            const firing = run.firings[number], message = run.messages[firing.message];
            items.push(el("li", null,
                message === undefined ? null : el("button", { type: "button", class: "fact", click: () =>
                    this.choose({ side: isNew ? this.sides.length - 1 : 0, time: message.sent, message: message.number }),
                }, run.names.text(message.tuple)), ` ${words[kind]}${message ? ` at ${message.sent}` : ""}: `,
                el("code", null, run.names.rules[firing.rule][2]), " ",
                el("span", { class: "quiet" }, run.names.place(firing.rule))));
        }
        return items.length === 0 ? null : el("div", null, el("p", null, "First missing:"), el("ul", null, items));
    }

    page() {
        const { run } = this, { search } = run.info;
        this.box = scroller("Space-time diagram: arrow keys step through time, Tab reaches the messages of the time",
            this.pictures);
        this.box.classList.add("diagram-box");
        return [
            el("h2", { tabindex: "-1" }, `Run ${run.id} of ${search.scenario}: ${run.info.faults} `,
                run.info.promise ? badge(run.info.promise, `promise ${run.info.promise}`) : null),
            search.strategy === "import" ? null :
                el("p", { class: "quiet" }, `${boundsText(search)}; search ${search.id}`),
            this.#promises(), this.#causes(),
            el("div", { class: "run" },
                el("section", { class: "panel", "aria-label": "What happened" }, this.#controls(), this.box, this.hidden,
                    legend(), el("p", { class: "keys" }, "Keys: ", el("kbd", null, "↓"), " ", el("kbd", null, "↑"), " or ", el("kbd", null, "j"), " ", el("kbd", null, "k"), " step, ", el("kbd", null, "Home"), " ",
                        el("kbd", null, "End"), " first and last time, ", el("kbd", null, "d"), " first difference, ",
                        el("kbd", null, "Tab"), " the messages of the time, ", el("kbd", null, "Enter"), " chooses one.")),
                el("section", { class: "panel", "aria-label": "What each node knew" },
                    el("h3", null, "What each node knew"), el("div", { class: "controls" }, this.#knownChoice()),
                    this.knowledge),
                el("section", { class: "panel", "aria-label": "Why" }, el("h3", null, "Why"), this.lineage)),
        ];
    }
}

/* The neighbours of a run in its search. */
function neighbours(run) {
    const own = runs.filter((other) => other.search === run.search), at = own.indexOf(run);
    return el("p", { class: "neighbours" }, [["← ", own[at - 1]], ["→ ", own[at + 1]]].map(([arrow, other]) =>
        other === undefined ? null : [el("a", { href: `#/run/${other.id}` }, `${arrow}run ${other.id}`), " "]));
}

/* A run of which the page has the schedule alone. */
function scheduleOnly(info) {
    return [
        el("h2", { tabindex: "-1" }, `Run ${info.id} of ${info.search.scenario}: ${info.faults} `,
            info.promise ? badge(info.promise) : null),
        info.broken === "" ? null : el("p", null, `Promised and not kept: ${info.broken}`),
        el("p", { class: "note" }, "The page has the schedule of this run alone, and no messages: it has those of the " +
            `first runs of each search, as long as they are at most ${overview.limits.messages.toLocaleString("en")} ` +
            `together and are made again within ${overview.limits.seconds} seconds. ` +
            "ldfi replay shows it, with the scenario and these faults."),
    ];
}
