// node check.mjs CHECK PAGE [MORE]: looks at a page of `ldfi report` as a reader would. The page is
// that of scenarios/primary_backup/rung3.json with --all, unless the check says otherwise; what must
// be seen there is what README.md shows of it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { lowContrasts } from "./contrast.mjs";
import { withBrowser, withPage } from "./page.mjs";

const [check, file, more] = process.argv.slice(2);

// The run of these faults that is a counterexample.
async function openRun(page, faults) {
    await page.getByLabel("Runs: Kind").selectOption("counterexample");
    await page.getByLabel("Runs: rows with this text").fill(faults);
    await page.locator("table.sortable tbody a").click();
    await page.locator("h2", { hasText: faults }).waitFor();
}

const firstCells = (page) => page.locator("table.sortable tbody th").allTextContents();
const message = (page, side, label) => page.locator(`.message[data-side="${side}"]`, { hasText: label });
const subject = (page) => page.locator(".subject").textContent();

const CHECKS = {
    // Verdict, bounds, what was searched and what not; runs that can be sorted and filtered.
    async overview(page) {
        const card = await page.locator(".card").textContent();
        for (const text of ["rung3", "✗ counterexample", "EOT 22, EFF 0, 1 crash", "nodes a b c C M",
            "strict oracle", "8 statements in the run without faults", "every schedule within the bounds", "the loss of any message", "more than 1 crash",
            "faults of C, M (immune)", "1 without faults, 66 tried, 2 of counterexamples"])
            assert.ok(card.includes(text), `${text} in ${card}`);
        assert.equal((await firstCells(page)).length, 69);
        const head = page.locator("th", { hasText: "Run" }).first(), button = head.getByRole("button");
        await button.click();
        assert.equal(await head.getAttribute("aria-sort"), "ascending");
        assert.deepEqual((await firstCells(page)).slice(0, 3), ["run 1", "run 2", "run 3"]);
        await button.click();
        assert.equal(await head.getAttribute("aria-sort"), "descending");
        assert.equal((await firstCells(page))[0], "run 69");
        await page.getByLabel("Runs: Promise").selectOption("broken");
        assert.deepEqual(await firstCells(page), ["run 69", "run 68", "run 12", "run 4"]);
        await page.getByLabel("Runs: rows with this text").fill("CRASH(C,11)");
        assert.deepEqual(await firstCells(page), ["run 69", "run 12"]);
        assert.equal(await page.locator(".status").textContent(), "2 rows of 69");
        await page.getByLabel("Runs: rows with this text").fill("no such text");
        assert.deepEqual(await firstCells(page), []);
    },

    // Good and bad run side by side, with what README.md shows of crash(c,3).
    async diagram(page) {
        await openRun(page, "crash(c,3)");
        assert.deepEqual(await page.locator("figcaption").allTextContents(),
            ["Without faults (run 1)", "Run 68: crash(c,3)"]);
        assert.deepEqual(await page.locator("svg.diagram").first().locator(".lane .name").evaluateAll(
            (names) => names.map((name) => name.firstChild.data)), ["a", "b", "c", "C", "M"]);
        const lost = message(page, 1, 'rep("b", "c", 1, "w1")');
        assert.match(await lost.getAttribute("class"), /lost/);
        assert.match(await lost.getAttribute("aria-label"), /^at time 3, c to b: .* lost by a crash of the sender/);
        assert.equal(await lost.locator(".cross").count(), 1);
        assert.notEqual(await lost.locator(".arrow").evaluate((line) => getComputedStyle(line).strokeDasharray), "none");
        assert.equal(await message(page, 0, 'rep("b", "c", 1, "w1")').locator(".tip").count(), 1);
        const bad = page.locator("svg.diagram").nth(1);
        assert.equal(await bad.locator(".lane .crash").count(), 1);
        assert.ok(await bad.getByText("✕ c crashes").isVisible());
        // The first difference is at 3 in both; rows of one message stand at one height.
        const heights = await page.locator(".first-difference line").evaluateAll((lines) =>
            lines.map((line) => line.getAttribute("y1")));
        assert.equal(heights.length, 2);
        assert.equal(heights[0], heights[1]);
        const rows = await page.locator('.message .label:has-text("rep(\\"a\\", \\"c\\", 1, \\"w1\\")")').evaluateAll((texts) =>
            texts.map((text) => text.getAttribute("y")));
        assert.equal(rows[0], rows[1]);
        assert.equal(await page.locator(".now").textContent(), "time 3 of 22");
        // Post never holds in the bad run before the end of the good one's: the windows say so.
        assert.equal(await page.locator("svg.diagram").first().locator(".window.post").count(), 1);
        assert.equal(await bad.locator(".window.pre").count() >= 1, true);
        // 108 messages that only repeat what was sent before, as the text says, and with a click they are there.
        const before = await bad.locator(".message").count();
        await page.getByLabel("repeats").check();
        assert.equal(await bad.locator(".message").count(), before + 108);
    },

    // A click on a time shows what was known then, whichever picture it is in, and no message is chosen any more.
    async time(page) {
        await openRun(page, "crash(c,3)");
        await page.getByLabel("What to show").selectOption("everything");
        const known = page.locator(".knowledge").getByRole("button", { name: 'holds("a", 1, "w1")' });
        const time = (side, text) => page.locator("svg.diagram").nth(side).locator("g.time", { hasText: text }).locator("text").first();
        await message(page, 1, 'rep("a", "c", 1, "w1")').click();
        assert.equal(await page.locator(".message[aria-pressed=true]").count(), 1);
        // README.md: a holds w1 from time 3 on, by a message that c sent at 2.
        await time(0, /^2$/).click();
        assert.equal(await page.locator(".now").textContent(), "time 2 of 22");
        assert.equal(await page.locator(".message[aria-pressed=true]").count(), 0);
        assert.equal(await known.count(), 0);
        await time(1, /^3/).click();
        assert.equal(await page.locator(".now").textContent(), "time 3 of 22");
        assert.ok(await known.count() > 0);
        assert.ok(page.url().endsWith("#/run/68/time/3"));
    },

    // A click on a message shows what its receiver knew and why: the rule, its place, its premises.
    async lineage(page) {
        await openRun(page, "crash(c,3)");
        await message(page, 1, 'rep("a", "c", 1, "w1")').click();
        assert.equal(await subject(page), 'rep("a", "c", 1, "w1") at 3, in run 68');
        const tree = await page.locator("ul.tree > li").innerText();
        for (const text of ["rep(X, R, S, W)@async :- transmit(R, _, S, X), holds(R, S, W);",
            "models/primary_backup/rung3.ded:29", "by a message that c sent at 2",
            'transmit("c", 1, 1, "a")', 'holds("c", 1, "w1")'])
            assert.ok(tree.includes(text), `${text} in ${tree}`);
        // Why does a hold w1 in slot 1 at 3? README.md asks the database the same.
        await page.getByRole("button", { name: "step forward" }).click();
        assert.equal(await page.locator(".now").textContent(), "time 3 of 22");
        await page.getByLabel("What to show").selectOption("everything");
        await page.locator(".knowledge").getByRole("button", { name: 'holds("a", 1, "w1")' }).click();
        const why = await page.locator("ul.tree > li").innerText();
        for (const text of ["holds(R, S, W) :- rep(R, _, S, W), notin kept_slot(R, S);",
            'rep("a", "c", 1, "w1")', 'no kept_slot("a", 1) at 3'])
            assert.ok(why.includes(text), `${text} in ${why}`);
        // The message that was lost, in the run without faults: cut by the crash.
        await message(page, 0, 'rep("b", "c", 1, "w1")').click();
        assert.match(await page.locator("ul.tree li.cut").first().innerText(),
            /✂ cut: lost by a crash of the sender in run 68/);
        // And in the bad run it has no fact, but a reason.
        await message(page, 1, 'rep("b", "c", 1, "w1")').click();
        assert.match(await subject(page), /sent at 3, in run 68: lost by a crash of the sender/);
        assert.match(await page.locator("ul.tree").innerText(), /transmit\("c", \d+, 1, "b"\)/);
    },

    // Why it was kept without faults: a graph, with what the crash cut marked by more than colour.
    async graph(page) {
        await openRun(page, "crash(c,3)");
        await page.getByRole("button", { name: "why kept without faults" }).first().click();
        assert.equal(await subject(page), 'post("durability", "C", 0, "w2") at 22, in the run without faults');
        const graph = page.locator("svg.graph");
        const marked = await graph.locator(".node.marked").allTextContents();
        assert.ok(marked.length > 0);
        for (const text of marked)
            assert.match(text, /✂|−/);
        assert.equal(await graph.locator(".node.chosen").count(), 1);
        // No two boxes of the layout lie on one another.
        const boxes = await graph.locator(".node rect").evaluateAll((all) => all.map((box) => box.getBoundingClientRect().toJSON()));
        boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) =>
            assert.ok(a.right <= b.left + 1 || b.right <= a.left + 1 || a.bottom <= b.top + 1 || b.bottom <= a.top + 1)));
        await graph.locator(".node", { hasText: 'acked("C", "w2")' }).first().click();
        assert.match(await subject(page), /^acked\("C", "w2"\) at/);
        assert.match(await page.locator("section[aria-label=Why]").innerText(), /Within the lineage of post\("durability", "C", 0, "w2"\)/);
    },

    // Every fact of the counterexample has the lineage that the view `why` gives it; MORE is what
    // that printed: fact, time, rule, kind of premise, premise, its time.
    async why(page) {
        const told = await page.evaluate(() => {
            const run = loadRun(runs.find((one) => one.kind === "counterexample").id), { names } = run, lines = [];
            for (let fact = 0; fact * 2 < run.facts.length; fact++)
                for (const firing of run.firingsOf(fact))
                    for (const premise of firing.premises) {
                        const isPresent = premise % 4 === PRESENT, absence = isPresent ? null : new Why(run, null).absence(premise);
                        lines.push([run.text(fact), run.timeOf(fact), names.rules[firing.rule][2],
                            isPresent ? "present" : "absent", isPresent ? run.text(premise >> 2) : names.text(absence.pattern),
                            isPresent ? run.timeOf(premise >> 2) : absence.time].join("|"));
                    }
            return lines;
        });
        // Relations that the executor makes for itself have numbers that a program in one piece changes.
        const sorted = (lines) => lines.map((line) => line.replaceAll(/#\d+\(/g, "#(")).sort();
        const known = readFileSync(more, "utf8").trimEnd().split("\n");
        assert.ok(known.length > 1000);
        assert.deepEqual(sorted(told), sorted(known));
    },

    // All of it without a mouse.
    async keyboard(page) {
        const press = (key) => page.keyboard.press(key);
        const focused = () => page.evaluate(() => {
            const element = document.activeElement, style = getComputedStyle(element);
            const hit = element.querySelector?.(".hit");
            return { text: element.getAttribute("aria-label") ?? element.textContent, tag: element.tagName.toLowerCase(),
                isSeen: style.outlineStyle !== "none" || (hit !== null && getComputedStyle(hit).stroke !== "none") };
        });
        const tabTo = async (wanted) => {
            for (let i = 0; i < 120; i++) {
                await press("Tab");
                const now = await focused();
                if (now.text.startsWith(wanted)) {
                    assert.ok(now.isSeen, `the focus is not seen on ${wanted}`);
                    return now;
                }
            }
            return assert.fail(`Tab does not reach ${wanted}`);
        };
        await tabTo("Skip to the content");
        await tabTo("Number of faults");
        await press("Enter");
        await press("Enter");
        assert.match(await page.locator("th[aria-sort=descending]").textContent(), /Number of faults/);
        await tabTo("run 68");
        await press("Enter");
        await page.locator("h2", { hasText: "crash(c,3)" }).waitFor();
        assert.equal((await focused()).tag, "h2");
        await press("ArrowDown");
        assert.equal(await page.locator(".now").textContent(), "time 4 of 22");
        await press("k");
        await press("ArrowUp");
        assert.equal(await page.locator(".now").textContent(), "time 2 of 22");
        await press("End");
        await press("ArrowDown");
        assert.equal(await page.locator(".now").textContent(), "time 22 of 22");
        await press("Home");
        await press("ArrowUp");
        assert.equal(await page.locator(".now").textContent(), "time 1 of 22");
        await press("d");
        assert.equal(await page.locator(".now").textContent(), "time 3 of 22");
        await tabTo("Space-time diagram");
        await tabTo("at time 3, c to b: rep(");
        await press("Enter");
        assert.equal(await subject(page), 'rep("b", "c", 1, "w1") at 4, in the run without faults');
        await tabTo("at time 3, a to c: rep_ack(");
        await press(" ");
        assert.match(await subject(page), /^rep_ack\("c", "a", 1\) at 4/);
        await tabTo('rep("a", "c", 1, "w1")');
        await press("Enter");
        assert.match(await subject(page), /^rep\("a", "c", 1, "w1"\) at 3/);
        assert.match((await focused()).text, /^rep\("a", "c", 1, "w1"\) at 3/);
        await tabTo("why rep(");
        await press("Enter");
        assert.equal(await page.locator("ul.tree .toggle").first().getAttribute("aria-expanded"), "false");
    },

    // The tables of bisect and compare, as they print them.
    async versions(page) {
        await page.getByRole("link", { name: "Versions" }).click();
        const text = (await page.locator("main").innerText()).replace(/\s+/g, " ");
        for (const part of ["Today's bug: crash(c,4)", "rung1 ✗ counterexample crash(c,3) no same", "rung2 ✗ counterexample crash(c,4) yes same",
            "The bug is as old as the oldest version asked, rung1. It lay dormant until rung2",
            "new bug: crash(c,3) breaks agreement, durability", "durability 2 2 = ", "client_ack 3 3 = 2.29 2.29 =",
            "all 14 14 = 75.2 75.2 ="])
            assert.ok(text.includes(part), `${part} in ${text}`);
    },

    // Texts of a stranger are texts. MORE: each of them, a line each.
    async hostile(page) {
        const look = async () => {
            assert.equal(await page.evaluate(() => window.hacked), undefined);
            assert.equal(await page.locator("script:not([type])").count(), 1);
            assert.equal(await page.locator("img, iframe, object, embed, link, base, body script ~ b").count(), 0);
            return page.locator("body").innerText();
        };
        let text = await look();
        for (const id of await page.evaluate(() => runs.map((run) => run.id))) {
            await page.evaluate((run) => { location.hash = `#/run/${run}`; }, id);
            await page.locator("h2", { hasText: `Run ${id} ` }).waitFor();
            await page.getByLabel("What to show").selectOption("everything");
            for (const toggle of await page.locator(".toggle[aria-expanded=false]").all())
                await toggle.press("Enter");
            text += await look();
            text += (await page.locator("svg text").allTextContents()).join("\n");
        }
        await page.evaluate(() => { location.hash = "#/versions"; });
        await page.locator("h2", { hasText: "Versions" }).waitFor();
        text += await look();
        await page.evaluate(() => { location.hash = '#/run/<img src=x onerror="window.hacked=1">'; });
        await look();
        for (const line of readFileSync(more, "utf8").trimEnd().split("\n"))
            assert.ok(text.includes(line), `${JSON.stringify(line)} is not shown as it is`);
    },

    // 5,000 runs and more: open within three seconds, sorted and filtered at once.
    async big(page) {
        const [opened, count, messages] = await page.evaluate(() => [performance.getEntriesByName("ldfi-ready")[0].startTime,
            runs.length, runs.reduce((sum, { id, detail }) =>
                sum + (detail === "messages" ? read(`run-${id}`).messages.length / 5 : 0), 0)]);
        console.log(`${count} runs, ${messages} messages; open after ${Math.round(opened)} ms`);
        assert.ok(count >= 5000 && messages >= 50000);
        assert.ok(opened < 3000);
        assert.equal((await firstCells(page)).length, 200);
        assert.match(await page.locator(".card").textContent(), /Left out here.*messages, and no facts; of .* the schedule alone/);
        await page.getByRole("button", { name: "Show 200 more" }).click();
        assert.equal((await firstCells(page)).length, 400);
        await page.getByLabel("Runs: rows with this text").fill("omit(a,b,1)");
        assert.ok((await firstCells(page)).length > 0);
        await page.evaluate(() => { location.hash = `#/run/${runs.findLast((run) => run.detail === "messages").id}`; });
        await page.locator("svg.diagram").first().waitFor();
        assert.ok(await page.locator(".message").count() > 0);
        assert.match(await page.locator("section[aria-label='What each node knew']").innerText(), /has no facts/);
        await page.evaluate(() => { location.hash = `#/run/${runs.at(-1).id}`; });
        assert.match(await page.locator(".note").innerText(), /the schedule of this run alone/);
    },

    // A run too large for the page: it says so, and has messages.
    async large(page) {
        assert.match(await page.locator(".card").textContent(), /Left out here.*the page has messages, and no facts/);
        await openRun(page, "omit(a,b,1)");
        assert.equal(await page.locator("svg.diagram").nth(1).locator(".message.lost").count(), 1);
        assert.match(await page.locator("section[aria-label='What each node knew']").innerText(),
            /has no facts: .* as long as they have at most 400,000 firings together/);
    },

    // More facts of pre and post than a run has graphs.
    async many(page) {
        assert.match(await page.locator(".note").first().innerText(), /^Left out: of \d+ facts of pre and post the lineage is a tree, and no graph\.$/);
        await page.locator("table.sortable tbody a", { hasText: /^run 1$/ }).click();
        await page.locator("h2", { hasText: "Run 1 " }).waitFor();
        await page.getByRole("button", { name: "last time" }).click();
        await page.getByLabel("What to show").selectOption("everything");
        await page.locator(".knowledge").getByRole("button", { name: 'pre("b", 1)', exact: true }).click();
        assert.match(await page.locator("section[aria-label=Why]").innerText(), /As a tree only: .* at most 40 of a run and 120 on this page\./);
        assert.equal(await page.locator("svg.graph").count(), 0);
    },

    // A graph of more nodes than are drawn.
    async deep(page) {
        await page.locator("table.sortable tbody a", { hasText: /^run 1$/ }).click();
        await page.locator("h2", { hasText: "Run 1 " }).waitFor();
        await page.getByRole("button", { name: "last time" }).click();
        await page.getByLabel("What to show").selectOption("everything");
        await page.locator(".knowledge").getByRole("button", { name: 'post("b")', exact: true }).click();
        assert.equal(await page.locator("svg.graph .node").count(), 150);
        assert.match(await page.locator("section[aria-label=Why]").innerText(), /The graph ends after 150 nodes; the tree goes on\./);
    },

    // Without Graphviz: the page says so, and trees remain.
    async trees(page) {
        await openRun(page, "crash(c,3)");
        assert.equal(await page.locator("svg.graph").count(), 0);
        assert.match(await page.locator("section[aria-label=Why]").innerText(), /As a tree only: the program dot is not installed/);
        assert.ok(await page.locator("ul.tree .toggle").count() > 3);
    },

    async capture(page) {
        assert.doesNotMatch(await page.locator("main").innerText(), /VACUOUS|kept|Not searched/);
        await page.locator("table.sortable tbody a").click();
        await page.locator("h2", { hasText: "a capture, crash(c,3)" }).waitFor();
        assert.equal(await page.locator("figure").count(), 1);
        assert.equal(await page.locator("svg.diagram .lane .crash").count(), 1);
        assert.match(await message(page, 0, 'rep("b", "c", 1, "w1")').getAttribute("aria-label"), /lost by a crash/);
        await message(page, 0, 'rep("a", "c", 1, "w1")').click();
        assert.match(await subject(page), /^rep\("a", "c", 1, "w1"\) at 3/);
    },

    async vacuous(page) {
        assert.match(await page.locator(".card").innerText(), /✓ certified[^]*VACUOUS: the run without faults promises nothing/);
    },

    // A database with nothing in it, or with results alone.
    async empty(page) {
        assert.match(await page.locator("main").innerText(), /Nothing is in this database/);
    },
    async results(page) {
        assert.deepEqual(await page.locator("h2").allTextContents(), ["Overview", "Results of sweeps", "Shards"]);
        assert.equal((await firstCells(page)).length, 2);
        assert.match(await page.locator("main").innerText(), /✗ 1 counterexample[^]*✓ 1 certified/);
    },
};

// On a telephone and on a wall: the page itself never scrolls sideways. In both themes: contrast.
// Printed: the controls are gone, what scrolls is whole. MORE: a page with versions.
async function looks(browser) {
    const places = [[file, ""], [file, "#/run/68"], [more, "#/versions"]];
    for (const [width, height, colorScheme] of [[360, 740, "light"], [1400, 1000, "light"], [1400, 1000, "dark"],
        [3840, 2160, "light"]])
        for (const [address, hash] of places)
            await withPage(browser, address, hash, { viewport: { width, height }, colorScheme }, async (page) => {
                const [content, view] = await page.evaluate(() =>
                    [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
                assert.ok(content <= view, `${hash} is ${content} wide on ${width}`);
                if (width !== 1400)
                    return;
                const { low, seen } = await page.evaluate(lowContrasts);
                assert.deepEqual(low, [], `${hash} ${colorScheme}`);
                // A run's page has pictures of every kind, the others have texts.
                const wanted = hash.startsWith("#/run/") ? seen : seen.filter(([what]) => what === "texts");
                assert.ok(wanted.length > 0);
                for (const [what, count] of wanted)
                    assert.ok(count > 0, `${hash} has no ${what}`);
            });
    await withPage(browser, file, "#/run/68", {}, async (page) => {
        await page.emulateMedia({ media: "print" });
        assert.equal(await page.locator(".controls").first().isVisible(), false);
        assert.equal(await page.locator(".diagram-box").evaluate((box) => box.scrollHeight > box.clientHeight + 1), false);
        assert.ok((await page.pdf({ format: "A4" })).length > 10000);
    });
}

await withBrowser((browser) => check === "looks" ? looks(browser) : withPage(browser, file, "", {}, CHECKS[check]));
