/* Versions: what `ldfi bisect` and `ldfi compare` said. */

function faultsText(counterexample) {
    return counterexample?.text ?? "–";
}

function bisectCard({ made, report }) {
    const rows = report.versions.map((version) => [
        version.version,
        version.error ? `error: ${version.error.message ?? ""}` : badge(version.verdict ?? "not known"),
        faultsText(version.counterexample), version.replay === "broken" ? "yes" : version.replay === "kept" ? "no" : "–",
        version.bug ?? "–", String(version.runs ?? "–"),
    ]);
    return el("section", { class: "card" },
        el("h3", null, "Since which version is the bug there?"),
        el("p", { class: "quiet" }, dateText(made)),
        el("p", null, "Today's bug: ", el("code", null, faultsText(report.bug)), " ",
            (report.bug?.broken ?? []).join(" ")),
        el("p", null, report.sentence ?? ""),
        plainTable("Versions", ["Version", "Verdict", "Smallest faults", "Replay shows it?", "Bug", "Runs"], rows));
}

function change(before, after) {
    if (typeof before !== "number" || typeof after !== "number")
        return "";
    return after === before ? "=" : after > before ? `+${rounded(after - before)}` : `−${rounded(before - after)}`;
}

function rounded(number) {
    return String(Math.round(number * 100) / 100);
}

function both({ old, new: now }) {
    return [String(old ?? "–"), String(now ?? "–"), change(old, now)];
}

function mean(counts, schedules) {
    const of = (key) => typeof counts?.[key] === "number" && schedules?.[key] > 0
        ? Number(rounded(counts[key] / schedules[key])) : undefined;
    return both({ old: of("old"), new: of("new") });
}

function messagesTable(saved) {
    const schedules = saved.one_crash?.schedules;
    const row = (name, counts) => [name, ...both(counts.good_run ?? {}), ...mean(counts.one_crash, schedules)];
    return [
        el("h5", null, "Messages"),
        plainTable("Messages", ["Relation", "OLD, no faults", "NEW, no faults", "Change", "OLD, mean of one crash",
            "NEW, mean of one crash", "Change"],
        [...saved.messages.map((message) => row(message.relation, message)), row("all", saved.all ?? {})]),
    ];
}

/* What OLD and NEW differ in, by how it looks; the rest is open. */
const COMPARED = new Map([["new bug", "bad"], ["fewer faults", "bad"], ["repaired", "good"]]);

function compareScenario(scenario) {
    const side = (part) => part === undefined || part === null ? "–"
        : part.error ? `error: ${part.error.message ?? ""}` : badge(part.verdict ?? "not known");
    return el("section", null,
        el("h4", null, scenario.scenario, " ", el("span", { class: `badge ${scenario.status === 1 ? "bad" : scenario.status === 0 ? "good" : "open"}` },
            `${scenario.status === 1 ? "✗" : scenario.status === 0 ? "✓" : "…"} ${scenario.outcome}`)),
        scenario.choice ? el("p", null, `Inputs: ${JSON.stringify(scenario.choice)}`) : null,
        el("p", null, "OLD ", side(scenario.old), " NEW ", side(scenario.new),
            ` certificate: ${scenario.certificate ?? "–"}`),
        list("What NEW lacks", (scenario.losses ?? []).map((loss) => `${loss.kind}: ${loss.text}`)),
        list("Left open", scenario.open ?? []),
        (scenario.counterexamples ?? []).length === 0 ? null : [el("h5", null, "Counterexamples"), plainTable(
            "Counterexamples", ["What it is", "OLD", "OLD breaks", "NEW", "NEW breaks"],
            scenario.counterexamples.map((one) => [
                el("span", { class: `badge ${COMPARED.get(one.kind) ?? "open"}` }, one.kind), faultsText(one.old),
                (one.old?.broken ?? []).join(" "), faultsText(one.new), (one.new?.broken ?? []).join(" ")]))],
        (scenario.promises ?? []).length === 0 ? null : [el("h5", null, "Promises"), plainTable(
            "Promises", ["Promise", "OLD", "NEW", "Change", "Lacking in NEW"], scenario.promises.map((promise) =>
                [promise.name, ...both(promise), (promise.lacking ?? []).join(" ")]))],
        scenario.saved?.messages ? messagesTable(scenario.saved) : null,
        (scenario.support?.rules ?? []).length === 0 ? null : [el("h5", null, "Rests on"), plainTable(
            "Rules whose messages the outcome rests on", ["Rule", "Place", "OLD", "NEW", "Change"],
            scenario.support.rules.map((rule) => [el("code", null, rule.rule ?? ""), placeText(rule.new ?? rule.old),
                ...both({ old: rule.old?.messages, new: rule.new?.messages })]))],
        list("Notes", scenario.notes ?? []));
}

function placeText(place) {
    return place === undefined || place === null ? "–" : `${place.file}:${place.line}`;
}

function list(title, texts) {
    return texts.length === 0 ? null : [el("h5", null, title), el("ul", null, texts.map((text) => el("li", null,
        typeof text === "string" ? text : JSON.stringify(text))))];
}

function compareCard({ made, report }) {
    return el("section", { class: "card" },
        el("h3", null, "Is the new version as safe as the old?"),
        el("p", { class: "quiet" }, dateText(made)),
        description([["OLD", report.old], ["NEW", report.new],
            ["In all", `worse in ${report.sum.worse}, no worse in ${report.sum.no_worse}, ` +
                `not known in ${report.sum.not_known}, with errors in ${report.sum.errors}`]]),
        report.scenarios.map(compareScenario));
}

function versionsPage() {
    return [
        el("h2", { tabindex: "-1" }, "Versions"),
        el("div", null, overview.comparisons.map((comparison) => guarded("A comparison", () =>
            comparison.kind === "bisect" ? bisectCard(comparison) : compareCard(comparison)))),
    ];
}
