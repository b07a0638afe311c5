/* The first page: what was asked of each search, what it answered, what it left out; its runs. */

function boundsText(search) {
    const omissions = search.omissions === null ? "any number of omissions"
        : plural(search.omissions, "omission");
    return `EOT ${search.eot}, EFF ${search.eff}, ${plural(search.crashes, "crash", "crashes")}, ` +
        (search.eff > 1 ? omissions : "no omissions");
}

/* What the verdict covers, and what nothing is said of. */
function searchedText(search) {
    const kinds = {
        lineage: "every schedule within the bounds, by the lineage of the outcome",
        exhaustive: "every schedule within the bounds, one by one",
        random: "schedules drawn at random",
        replay: "the one schedule that the scenario names",
        import: "nothing: a capture was imported",
    };
    const what = kinds[search.strategy] ?? search.strategy;
    if (search.verdict === null)
        return `${what}; the search has not ended, or was killed`;
    if (search.verdict === "incomplete")
        return `${what}; the search stopped before it was done`;
    if (search.verdict === "counterexample" && !search.complete)
        return `${what}, up to a counterexample; others, perhaps smaller, were not looked for`;
    if (search.verdict === "counterexample")
        return `${what}, until no smaller counterexample was left`;
    return what;
}

function skippedText(search) {
    if (search.strategy === "import")
        return "";
    const immune = search.nodes.filter(([, isImmune]) => isImmune).map(([name]) => name);
    const parts = [
        search.eff > 1 ? `the loss of messages sent from time ${search.eff} on` : "the loss of any message",
        `more than ${plural(search.crashes, "crash", "crashes")}`,
        `what happens after time ${search.eot}`,
    ];
    if (search.omissions !== null && search.eff > 1)
        parts.splice(1, 0, `more than ${plural(search.omissions, "omission")}`);
    if (immune.length > 0)
        parts.push(`faults of ${immune.join(", ")} (immune)`);
    return parts.join("; ");
}

/* A promise of nothing is kept whatever happens. */
function promiseText(search) {
    if (search.pre === undefined || search.strategy === "import")
        return "";
    return search.pre === 0 || (search.oracle === "molly" && search.post === 0)
        ? el("strong", null, "VACUOUS: the run without faults promises nothing, so the verdict says nothing")
        : `${plural(search.pre, "statement")} in the run without faults`;
}

function countsText(search) {
    const words = { good: "without faults", capture: "imported", hypothesis: "tried",
        check: "to check that counterexamples are minimal", counterexample: "of counterexamples" };
    const count = (kind) => search.counts.reduce((sum, [own, , number]) => sum + (own === kind ? number : 0), 0);
    return Object.keys(words).filter((kind) => count(kind) > 0).map((kind) =>
        `${count(kind).toLocaleString("en")} ${words[kind]}`).join(", ");
}

/* What of a search's runs is not on the page. */
function leftOutText(search) {
    const recorded = search.counts.reduce((sum, [, , count]) => sum + count, 0);
    const own = runs.filter((run) => run.search === search);
    const of = (detail) => own.filter((run) => run.detail === detail).length;
    const parts = [];
    if (own.length < recorded)
        parts.push(`${own.length.toLocaleString("en")} of ${recorded.toLocaleString("en")} runs are listed`);
    if (of("messages") > 0)
        parts.push(`of ${plural(of("messages"), "run")} the page has messages, and no facts`);
    if (of("schedule") > 0)
        parts.push(`of ${plural(of("schedule"), "run")} it has the schedule alone`);
    if (search.note)
        parts.push(search.note);
    return parts.join("; ");
}

function description(pairs) {
    return el("dl", null, pairs.filter(([, text]) => text !== "").map(
        ([term, text]) => [el("dt", null, term), el("dd", null, text)]));
}

function models(search) {
    try {
        return JSON.parse(search.model).join(", ");
    } catch {
        return String(search.model);
    }
}

function searchCard(search) {
    return el("section", { class: "card" },
        el("h3", null, search.scenario, " ", badge(search.verdict ?? "not ended")),
        description([
            ["Model", models(search)],
            ["Bounds", `${search.strategy === "import" ? `${search.eot} steps` : boundsText(search)}; nodes ${search.nodes.map(([name]) => name).join(" ")}; ` +
                `${search.oracle} oracle`],
            ["Promise", promiseText(search)],
            ["Searched", searchedText(search)],
            ["Not searched", skippedText(search)],
            ["Runs", countsText(search)],
            ["Time", `${search.seconds === null ? "not ended" : `${Number(search.seconds).toFixed(2)} s`}, ` +
                `begun ${dateText(search.started)}, by ldfi ${search.version}`],
            ["Left out here", leftOutText(search)],
        ]));
}

function runLink(run) {
    return el("a", { href: `#/run/${run.id}` }, `run ${run.id}`);
}

const DETAILS = { whole: "facts and lineage", messages: "messages", schedule: "schedule alone" };

function runsTable() {
    const columns = [
        { name: "Run", value: (run) => run.id, cell: runLink },
        { name: "Kind", value: (run) => run.kind === "good" ? "without faults" : run.kind, isChoice: true },
        { name: "Promise", value: (run) => run.promise ?? "unknown", isChoice: true,
            cell: (run) => badge(run.promise ?? "unknown") },
        { name: "Faults", value: (run) => run.faults, isWide: true },
        { name: "Number of faults", value: (run) => run.size, isNumber: true },
        { name: "Broken", value: (run) => run.broken, isWide: true },
        { name: "On this page", value: (run) => DETAILS[run.detail], isChoice: true },
    ];
    if (overview.searches.length > 1)
        columns.splice(1, 0, { name: "Search", value: (run) => `${run.search.id} ${run.search.scenario}`, isChoice: true });
    return sortableTable("Runs", columns, runs);
}

function resultsTable() {
    const rows = overview.results.map(([scenario, choice, version, verdict, vacuous, eot, eff, crashes,
        count, smallest, done, seconds, recorded]) => ({ scenario, choice, version, verdict, vacuous,
        bounds: `<${eot}, ${eff}, ${crashes}>`, count, smallest, done, seconds, recorded }));
    return sortableTable("Results of sweeps", [
        { name: "Scenario", value: (row) => row.scenario },
        { name: "Inputs", value: (row) => row.choice, isWide: true },
        { name: "Version", value: (row) => row.version, isChoice: true },
        { name: "Verdict", value: (row) => row.verdict, isChoice: true, cell: (row) =>
            [badge(row.verdict), row.vacuous ? " VACUOUS: promises nothing" : "",
                row.done ? "" : " stopped by a budget"] },
        { name: "<EOT, EFF, crashes>", value: (row) => row.bounds },
        { name: "Runs", value: (row) => row.count, isNumber: true },
        { name: "Smallest counterexample", value: (row) => row.smallest, isWide: true },
        { name: "Seconds", value: (row) => row.seconds, isNumber: true,
            cell: (row) => Number(row.seconds).toFixed(2) },
        { name: "Recorded", value: (row) => dateText(row.recorded) },
    ], rows);
}

function resultsSummary() {
    const counts = new Map();
    let seconds = 0;
    for (const row of overview.results) {
        counts.set(row[3], (counts.get(row[3]) ?? 0) + 1);
        seconds += Number(row[11]);
    }
    return el("p", null, [...counts].map(([verdict, count]) => [badge(verdict, `${count} ${verdict}`), " "]),
        `${seconds.toFixed(2)} seconds of searching in all.`);
}

function shardsTable() {
    return plainTable("Shards of sweeps", ["Sweep", "Shard", "Scenarios", "Ended"],
        overview.shards.map(([plan, number, count, planned, finished]) =>
            [String(plan).slice(0, 8), `${number} of ${count}`, String(planned), finished ? "yes" : "no"]));
}

/* What of the whole database is not on the page. */
function pageNotes() {
    const [searches, results, comparisons] = overview.counts[0], notes = [];
    if (searches > overview.searches.length)
        notes.push(`the newest ${overview.searches.length} of ${searches} searches are here`);
    if (results > overview.results.length)
        notes.push(`${overview.results.length} of ${results} results are here`);
    if (comparisons > overview.comparisons.length)
        notes.push(`the newest ${overview.comparisons.length} of ${comparisons} comparisons are here`);
    if (overview.graphs.left_out > 0)
        notes.push(`of ${plural(overview.graphs.left_out, "fact")} of pre and post the lineage is a tree, and no graph` +
            (overview.graphs.error ? ` (${overview.graphs.error})` : ""));
    return notes.length === 0 ? null : el("p", { class: "note" }, `Left out: ${notes.join("; ")}.`);
}

function overviewPage() {
    const isEmpty = overview.searches.length + overview.results.length + overview.comparisons.length === 0;
    return [
        el("h2", { tabindex: "-1" }, "Overview"),
        isEmpty ? el("p", null, "Nothing is in this database: no search, no result of a sweep, no comparison.") : null,
        pageNotes(),
        overview.searches.length === 0 ? null :
            el("div", { class: "cards" }, overview.searches.map((search) =>
                guarded("A search", () => searchCard(search)))),
        runs.length === 0 ? null : [el("h2", null, "Runs"), guarded("The runs", runsTable)],
        overview.results.length === 0 ? null :
            [el("h2", null, "Results of sweeps"), guarded("The results", resultsSummary), guarded("The results", resultsTable)],
        overview.shards.length === 0 ? null :
            [el("h2", null, "Shards"), guarded("The shards", shardsTable)],
    ];
}
