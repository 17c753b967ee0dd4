// Opens the page in a browser that has no network, does what standard input says, and prints what was seen.
// node visit.mjs chromium|firefox PROGRAM ADDRESS < steps
// Steps are a JSON list: {"formula", "point", "pane", "options"} fills the fields; {"axe": SOURCE} checks accessibility;
// {"evaluate": CODE} runs a function in the page; {"picture": FILE, "width", "height", "dark", "print"} takes a screenshot.

import fs from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

const modules = createRequire(fileURLToPath(new URL("../../web/package.json", import.meta.url)));
const puppeteer = (await import(pathToFileURL(modules.resolve("puppeteer-core")).href)).default;
const [name, program, address] = process.argv.slice(2);
let input = "";
for await (const part of process.stdin.setEncoding("utf-8")) input += part;
const steps = JSON.parse(input);
const NOWHERE = { "network.proxy.type": 1, "network.proxy.http": "127.0.0.1", "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1", "network.proxy.ssl_port": 9 };
const launch = name === "firefox"
    ? { browser: "firefox", extraPrefsFirefox: NOWHERE }
    : { browser: "chrome", args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND"] };
const browser = await puppeteer.launch({ ...launch, executablePath: program, headless: true, protocolTimeout: 120_000 });
const page = await browser.newPage();
const messages = [];
const requests = [];
page.on("console", (message) => messages.push(`${message.type()}: ${message.text()}`));
page.on("pageerror", (error) => messages.push(`error: ${error.message}`));
page.on("request", (request) => requests.push(request.url()));

/** Waits until the page shows what its fields hold. */
const shown = () => page.waitForFunction(() => {
    const { python, shown } = document.documentElement.dataset;
    return python === "broken" || Boolean(shown);
}, { timeout: 90_000, polling: 5 });

function read() {
    const text = (id) => { const each = document.getElementById(id); return each.hidden ? "" : each.textContent; };
    return { problem: text("problem"), result: text("result"), notes: text("notes"), hash: document.getElementById("link").hash,
        pane: document.querySelector("#pane .body").textContent, python: document.documentElement.dataset.python };
}

function fill({ formula, point, pane, options }) {
    if (pane) document.getElementById(`tab-${pane}`).click();
    for (const [name, value] of Object.entries(options ?? {})) {
        const field = document.getElementById("options").elements[name];
        if (field.type === "checkbox") field.checked = value;
        else field.value = value;
    }
    if (point !== undefined) document.getElementById("point").value = point;
    if (formula !== undefined) document.getElementById("formula").value = formula;
    document.getElementById("formula").dispatchEvent(new Event("input", { bubbles: true }));
}

async function take(step) {
    if (step.evaluate) return page.evaluate(`(${step.evaluate})()`);
    if (step.axe) {
        await page.evaluate(fs.readFileSync(modules.resolve("axe-core/axe.min.js"), "utf-8"));
        return page.evaluate(async () => (await axe.run()).violations.map(({ id, nodes }) => [id, nodes[0].html]));
    }
    if (step.picture) {
        await page.setViewport({ width: step.width, height: step.height });
        const scheme = step.dark ? "dark" : "light";
        if (name !== "firefox") { // puppeteer's two functions undo each other
            const media = { media: step.print ? "print" : "screen", features: [{ name: "prefers-color-scheme", value: scheme }] };
            await (await page.createCDPSession()).send("Emulation.setEmulatedMedia", media);
        }
        return page.screenshot({ path: step.picture }).then(() => step.picture);
    }
    if (step.open) await page.goto(`${address}${step.open}`);
    else await page.evaluate(fill, step);
    await shown();
    return page.evaluate(read);
}

const seen = [];
const times = [];
try {
    for (const step of [{ open: "?first" }, ...steps]) {
        const start = performance.now();
        seen.push(await take(step));
        times.push(Math.round(performance.now() - start));
    }
} finally {
    await browser.close();
}
process.stdout.write(JSON.stringify({ seen: seen.slice(1), times, messages, requests }));
