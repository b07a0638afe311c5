"use strict";
/* Elements, made of data. What comes from a database becomes text, or the value of an attribute,
 * and never markup. */

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes ?? {})) {
        if (value === null || value === undefined || value === false)
            continue;
        if (typeof value === "function")
            element.addEventListener(name, value);
        else
            element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
    return element;
}

/* el("p", {class: "note", click: listener}, "text", element, [more]) */
function el(name, attributes, ...children) {
    return fill(document.createElement(name), attributes, children);
}

function svg(name, attributes, ...children) {
    return fill(document.createElementNS(SVG, name), attributes, children);
}

function plural(count, one, many) {
    return `${count.toLocaleString("en")} ${count === 1 ? one : many ?? one + "s"}`;
}

/* "2026-07-14T01:00:00Z" as people write it. */
function dateText(text) {
    return String(text ?? "").replace("T", " ").replace("Z", " UTC");
}

/* A part of the page whose data may be anything: what cannot be drawn says so. */
function guarded(what, draw) {
    try {
        return draw();
    } catch (error) {
        return el("p", { class: "note" }, `${what}: the data is not as ldfi writes it (${error.message}).`);
    }
}

const VERDICTS = new Map([
    ["certified", ["✓", "good"]], ["kept", ["✓", "good"]],
    ["counterexample", ["✗", "bad"]], ["broken", ["✗", "bad"]],
]);

/* A verdict: a sign, a word and a colour that say the same. */
function badge(word, text) {
    const [sign, colour] = VERDICTS.get(word) ?? ["…", "open"];
    return el("span", { class: `badge ${colour}` }, `${sign} ${text ?? word}`);
}

/* What scrolls by itself must be reached by keyboard. */
function scroller(label, ...children) {
    return el("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": label }, children);
}
