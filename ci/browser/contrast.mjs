// Contrast as WCAG 2.1 defines it (1.4.3, 1.4.11): runs in the page, so it names nothing outside.

// The texts of the page that stand out from their ground by less than 4.5, and the lines and shapes
// that carry meaning by less than 3: `low`, [what, contrast]. How many of each kind were looked at:
// `seen`, [selector, count].
export function lowContrasts() {
    const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
    const over = (front, back) => {
        const alpha = front[3] ?? 1;
        return [0, 1, 2].map((i) => front[i] * alpha + back[i] * (1 - alpha));
    };
    const luminance = (colour) => {
        const [r, g, b] = colour.map((value) => value / 255).map((value) =>
            value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const contrast = (a, b) => {
        const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
        return (high + 0.05) / (low + 0.05);
    };
    const ground = (element) => {
        const grounds = [];
        for (let at = element; at !== null; at = at.parentElement)
            grounds.unshift(numbers(getComputedStyle(at).backgroundColor));
        return grounds.reduce((back, front) => over(front, back), [255, 255, 255]);
    };
    const isShown = (element) => element.checkVisibility() && element.getBoundingClientRect().width > 1;
    const low = [], seen = [];
    const check = (what, front, back, least) => {
        const value = contrast(over(numbers(front), back), back);
        if (value < least)
            low.push([what, Math.round(value * 100) / 100]);
    };

    let texts = 0;
    for (const element of document.querySelectorAll("body *")) {
        const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== "");
        if (hasText && element.namespaceURI.endsWith("xhtml") && !element.matches("script, option") && isShown(element)) {
            texts++;
            check(`${element.tagName}.${element.className}: ${element.textContent.slice(0, 30)}`,
                getComputedStyle(element).color, ground(element), 4.5);
        }
    }
    seen.push(["texts", texts]);
    // Pictures: each text and line on every ground that may lie below it.
    const paint = (name) => {
        const probe = document.body.appendChild(document.createElement("i"));
        probe.style.color = `var(${name})`;
        const colour = numbers(getComputedStyle(probe).color);
        probe.remove();
        return colour;
    };
    const page = paint("--ground"), grounds = {
        page, current: paint("--current"), chosen: paint("--chosen-ground"),
        pre: over([...paint("--pre"), 0.55], page), "pre, current": over([...paint("--pre"), 0.55], paint("--current")),
    };
    const find = (selector) => {
        const elements = [...document.querySelectorAll(selector)];
        seen.push([selector, elements.length]);
        return elements;
    };
    const onGrounds = (selectors, property, least, names) => selectors.forEach((selector) => {
        for (const element of find(selector).slice(0, 200))
            for (const name of names)
                check(`${selector} on ${name}`, getComputedStyle(element)[property], grounds[name], least);
    });
    const text = ["page", "current", "chosen"], lanes = [...text, "pre", "pre, current"];
    onGrounds([".diagram text"], "fill", 4.5, text);
    onGrounds([".diagram .arrow", ".diagram .cross", ".diagram .crash", ".lane line"], "stroke", 3, lanes);
    onGrounds([".window.pre .bar", ".window.post .bar"], "fill", 3, ["page", "current"]);
    onGrounds([".first-difference line"], "stroke", 3, lanes);
    for (const node of find(".graph .node")) {
        const box = node.querySelector("rect"), fill = numbers(getComputedStyle(box).fill).slice(0, 3);
        check(`.node text ${node.textContent}`, getComputedStyle(node.querySelector("text")).fill, fill, 4.5);
        check(".node rect", getComputedStyle(box).stroke, page, 3);
    }
    onGrounds([".graph .edge"], "stroke", 3, ["page"]);
    return { low, seen };
}
