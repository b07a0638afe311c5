// Opens a page that `ldfi report` wrote, in Debian's Chromium, as a reader would from disk.
import { chromium } from "playwright-core";
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";

// As root Chromium needs --no-sandbox; the rest keeps it from asking for the network.
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"];

export async function withBrowser(use) {
    const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: FLAGS });
    try {
        await use(browser);
    } finally {
        await browser.close();
    }
}

// Calls use(page); what the console says, what the page asks for beside itself, and what it throws
// are failures.
export async function withPage(browser, file, hash, options, use) {
    const context = await browser.newContext({ viewport: { width: 1400, height: 1000 }, ...options });
    const page = await context.newPage(), address = pathToFileURL(file).href, complaints = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.stack));
    page.on("dialog", (dialog) => complaints.push(`dialog: ${dialog.message()}`));
    page.on("request", (request) => {
        if (request.url().split("#")[0] !== address)
            complaints.push(`asks for ${request.url()}`);
    });
    await page.goto(address + hash);
    await page.waitForFunction(() => performance.getEntriesByName("ldfi-ready").length === 1);
    await use(page);
    assert.deepEqual(complaints, []);
    await context.close();
}
