/* Which page is shown: #/ the overview, #/run/5/time/3 a run, #/versions the versions. */

let view = null;

function pageOf(words) {
    view = null;
    if (words[1] === "versions")
        return versionsPage();
    if (words[1] !== "run")
        return overviewPage();
    const info = runOfId.get(Number(words[2])), run = info === undefined ? null : loadRun(info.id);
    if (info === undefined)
        return [el("h2", { tabindex: "-1" }, "There is no such run here")];
    if (run === null)
        return [...scheduleOnly(info), neighbours(info)];
    const made = new RunView(run);
    const page = [...made.page(), neighbours(info)];
    view = made;
    if (words[3] === "time" && Number(words[4]) >= 1)
        queueMicrotask(() => made.goTo(Number(words[4])));
    return page;
}

function show(isFirst) {
    const words = location.hash.split("/"), main = document.getElementById("main");
    const page = [guarded("This page", () => pageOf(words))].flat(Infinity).filter(Boolean);
    main.replaceChildren(...page);
    document.title = `${main.querySelector("h2")?.textContent ?? "ldfi"} – ${overview.database}`;
    for (const link of document.querySelectorAll("#pages a"))
        link.toggleAttribute("aria-current", link.hash === (words[1] === "versions" ? "#/versions" : "#/"));
    if (!isFirst) {
        main.querySelector("h2")?.focus();
        window.scrollTo(0, 0);
    }
}

function start() {
    document.getElementById("database").textContent = overview.database;
    document.getElementById("pages").append(
        el("a", { href: "#/" }, "Overview"), " ",
        overview.comparisons.length > 0 ? el("a", { href: "#/versions" }, "Versions") : "");
    document.getElementById("footer").append(`Made by ldfi ${overview.version}, ${dateText(overview.made)}.`);
    window.addEventListener("hashchange", () => show(false));
    window.addEventListener("resize", () => view?.resize());
    document.addEventListener("keydown", (event) => view?.key(event));
    show(true);
    performance.mark("ldfi-ready");
}

start();
