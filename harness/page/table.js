/* Tables that are sorted by their heads and filtered by a word, or by what a column says. They show
 * as many rows at once as a browser draws with ease. */

const ROWS_AT_ONCE = 200;

/* A column: {name, value(row), cell(row) (else the value as text), isNumber, isChoice, isWide}. */
function sortableTable(label, columns, rows) {
    const state = { column: -1, descending: false, word: "", choices: new Map(), shown: ROWS_AT_ONCE };
    const body = el("tbody");
    const status = el("p", { class: "status", role: "status" });
    const heads = columns.map((column, i) => head(column, () => sortBy(i)));
    const more = el("button", { type: "button", click: showMore }, `Show ${ROWS_AT_ONCE} more`);
    const texts = new Map();

    function textOf(row) {
        if (!texts.has(row))
            texts.set(row, columns.map((column) => String(column.value(row) ?? "")).join("\n").toLowerCase());
        return texts.get(row);
    }

    function isWanted(row) {
        for (const [column, choice] of state.choices)
            if (String(columns[column].value(row) ?? "") !== choice)
                return false;
        return state.word === "" || textOf(row).includes(state.word);
    }

    function compare(left, right) {
        const column = columns[state.column];
        const a = column.value(left) ?? "", b = column.value(right) ?? "";
        return typeof a === "number" && typeof b === "number"
            ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
    }

    function wantedRows() {
        const wanted = rows.filter(isWanted);
        if (state.column >= 0)
            wanted.sort((a, b) => state.descending ? compare(b, a) : compare(a, b));
        return wanted;
    }

    function draw() {
        const wanted = wantedRows(), shown = wanted.slice(0, state.shown);
        body.replaceChildren(...shown.map((row) => el("tr", null, columns.map((column, i) =>
            el(i === 0 ? "th" : "td", { class: column.isNumber ? "number" : column.isWide && "wide", scope: i === 0 && "row" },
                column.cell ? column.cell(row) : String(column.value(row) ?? ""))))));
        heads.forEach((element, i) => element.setAttribute("aria-sort",
            i !== state.column ? "none" : state.descending ? "descending" : "ascending"));
        status.textContent = `${plural(wanted.length, "row")}` +
            (wanted.length < rows.length ? ` of ${rows.length.toLocaleString("en")}` : "") +
            (shown.length < wanted.length ? `, the first ${shown.length.toLocaleString("en")} shown` : "");
        more.hidden = shown.length === wanted.length;
    }

    function sortBy(column) {
        state.descending = state.column === column && !state.descending;
        state.column = column;
        draw();
    }

    function showMore() {
        const first = state.shown;
        state.shown += ROWS_AT_ONCE;
        draw();
        body.rows[first]?.querySelector("a, button")?.focus();
    }

    function filterBy(change) {
        change();
        state.shown = ROWS_AT_ONCE;
        draw();
    }

    const word = el("input", {
        type: "search", "aria-label": `${label}: rows with this text`, placeholder: "rows with this text",
        input: () => filterBy(() => { state.word = word.value.toLowerCase(); }),
    });
    const choices = columns.map((column, i) => column.isChoice
        ? choice(label, column, rows, (value) => filterBy(() => {
            if (value === null)
                state.choices.delete(i);
            else
                state.choices.set(i, value);
        })) : null);
    draw();
    return el("div", { class: "table" },
        el("div", { class: "controls" }, word, choices, status),
        scroller(label, el("table", { class: "sortable" }, el("caption", { class: "hidden" }, label),
            el("thead", null, el("tr", null, heads)), body)),
        more);
}

function head(column, click) {
    return el("th", { scope: "col", class: column.isNumber && "number", "aria-sort": "none" },
        el("button", { type: "button", click }, column.name));
}

/* A list of what a column says, to choose from. */
function choice(label, column, rows, chosen) {
    const values = [...new Set(rows.map((row) => String(column.value(row) ?? "")))].sort();
    if (values.length < 2)
        return null;
    const select = el("select", {
        "aria-label": `${label}: ${column.name}`,
        change: () => chosen(select.selectedIndex === 0 ? null : values[select.selectedIndex - 1]),
    }, el("option", null, `${column.name}: all`), values.map((value) => el("option", null, value || "(none)")));
    return select;
}

/* A table that only shows. Cells are texts or elements. */
function plainTable(label, heads, rows) {
    return scroller(label, el("table", null, el("caption", { class: "hidden" }, label),
        el("thead", null, el("tr", null, heads.map((name) => el("th", { scope: "col" }, name)))),
        el("tbody", null, rows.map((cells) => el("tr", null, cells.map((cell, i) =>
            el(i === 0 ? "th" : "td", { scope: i === 0 && "row" }, cell)))))));
}
