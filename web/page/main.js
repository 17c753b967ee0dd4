// The fields, the reports, and what happens when one types.

import { fragmentOf, readFragment } from "./link.js";
import { makePanes } from "./panes.js";
import { Python, Stopped } from "./python.js";
import { Sliders } from "./sliders.js";

const EXAMPLES = [
    ["(x+y)*z", "x=-2,y=5,z=-4"],
    ["1/(1+exp(-(w0*x0+w1*x1+w2)))", "w0=2,x0=-1,w1=-3,x1=-2,w2=-3"],
    ["x = a+b; y = b+c; z = x*y", "a=-1,b=3,c=4"],
    [String.raw`\frac{1}{\sqrt{2\pi}}e^{-x^2/2}`, "x=0.5"],
    ["lambda x: math.tanh(x)**2", "x=0.5"],
    ["fold(h/2 + x/(2*h) for t in range(5), h=1)", "x=2"],
];
const IDLE = 1500; // milliseconds after which nobody types for the moment
const PATIENCE = 2500; // milliseconds that a computation may take once its formula has changed

const find = (id) => document.getElementById(id);
const [formula, point, problem, result, notes] = ["formula", "point", "problem", "result", "notes"].map(find);
const options = find("options");
const tabs = find("tabs");
const states = { starting: "Python is starting …", ready: "", working: "", broken: "This browser cannot run the page: " };
let isBusy = false;
let isChanged = false;
let chosen = "circuit";
let impatience = 0;

const python = new Python((state, message = "") => {
    document.documentElement.dataset.python = state;
    const isEnabled = state === "working";
    clearTimeout(impatience);
    if (isEnabled) {
        impatience = setTimeout(() => {
            find("state").textContent = "computing …";
            find("stop").hidden = false;
        }, 400);
    } else {
        find("state").textContent = states[state] + message;
        find("stop").hidden = true;
    }
});
const panes = makePanes((question) => python.ask(question), () => change());
const sliders = new Sliders(find("sliders"), (text) => {
    point.value = text;
    change();
});

/** What the fields hold. */
function state() {
    const values = [...options.elements].map(({ name, type, checked, value }) => [name, type === "checkbox" ? checked : value.trim()]);
    const chosenOptions = Object.fromEntries(values.filter(([, value]) => value));
    return { formula: formula.value, point: point.value, options: chosenOptions, pane: chosen };
}

/** Computes anew, at once or after what is being computed. */
async function change() {
    grow();
    isChanged = true;
    document.documentElement.dataset.shown = "";
    if (isBusy) return hurry();
    isBusy = true;
    while (isChanged) {
        isChanged = false;
        try {
            await show(state());
        } catch (error) {
            if (!(error instanceof Stopped)) throw error;
            if (!isChanged) showProblem(error.message);
        }
    }
    isBusy = false;
    prepare();
    document.documentElement.dataset.shown = JSON.stringify([formula.value, point.value, chosen]);
}

/** Once nobody has typed for a while, lets Python make the other reports of an example, so that each opens at once
    later: what they need is imported then, and browsers compile what often runs. */
let waiting = 0;
const [, [NEURON, AT]] = EXAMPLES;
const unprepared = [
    ...["tables", "explain", "derivative", "code", "check"].map((pane) => ({ pane, formula: NEURON, point: AT })),
    { pane: "tables", formula: "log(x)", point: "x=-1" }, // a number that is not finite
];
function prepare() {
    clearTimeout(waiting);
    if (unprepared.length === 0) return;
    waiting = setTimeout(async () => {
        if (isBusy || document.hidden) return;
        isBusy = true;
        const { pane, ...fields } = unprepared.shift();
        await python.ask({ ...fields, ...panes[pane].request() }, true).catch(() => {});
        isBusy = false;
        if (isChanged) change();
        else prepare();
    }, IDLE);
}

/** Stops a computation that nobody waits for any more, if it takes long. */
let hurrying = 0;
function hurry() {
    if (hurrying) return;
    hurrying = setTimeout(() => {
        hurrying = 0;
        if (isBusy && isChanged && document.documentElement.dataset.python === "working") python.stop();
    }, PATIENCE);
}

async function show(now) {
    updateLink(now);
    if (!now.formula.trim()) {
        for (const each of [problem, result, notes]) each.hidden = true;
        panes[chosen].body.replaceChildren();
        return;
    }
    const pane = panes[now.pane];
    const reply = await python.ask({ ...now, ...pane.request() });
    const { result: values, error, notes: text, report } = reply;
    if (values) {
        problem.hidden = true;
        showResult(values);
    } else {
        showProblem(error);
        result.hidden = true;
    }
    problem.classList.toggle("mild", report?.status === 0); // as where a derivative needs no point
    sliders.show(now.point);
    showNotes(text);
    if (!isChanged) await pane.show(reply, now);
}

function showProblem(text) {
    problem.textContent = text;
    problem.hidden = false;
}

function showResult({ value, gradients }) {
    const short = (number) => {
        const text = JSON.stringify(number);
        return text.length > 200 ? `${text.slice(0, 199)}…` : text;
    };
    const line = (className, name, number) => {
        const made = document.createElement("span");
        const strong = Object.assign(document.createElement("strong"), { className, textContent: short(number) });
        made.append(`${name} `, strong);
        return made;
    };
    const slopes = Object.entries(gradients).map(([name, each]) => line("gradient", `∂/∂${name}`, each));
    result.replaceChildren(line("value", "value", value), ...slopes);
    result.hidden = false;
}

function showNotes(text) {
    notes.replaceChildren(...text.split("\n").filter(Boolean).map((line) => {
        return Object.assign(document.createElement("p"), { textContent: line });
    }));
    notes.hidden = !text;
}

/** Updates the link at once, and the address when nothing has changed for a while: browsers limit how often it may. */
let settling = 0;
function updateLink(now) {
    const fragment = fragmentOf(now);
    find("link").href = fragment;
    find("printed").textContent = now.point.trim() ? `${now.formula}\nat ${now.point}` : now.formula; // fields do not wrap
    clearTimeout(settling);
    settling = setTimeout(() => history.replaceState(null, "", fragment), 250);
}

function grow() {
    formula.style.height = "auto";
    formula.style.height = `${formula.scrollHeight + 2}px`;
}

/** Puts what a link or an example holds into the fields. */
function fill({ formula: text, point: at, options: values = {}, pane = "" }) {
    formula.value = text;
    point.value = at;
    options.reset();
    for (const field of options.elements) {
        const value = Object.hasOwn(values, field.name) ? values[field.name] : "";
        if (!value) continue;
        if (field.type === "checkbox") field.checked = true;
        else field.value = value;
    }
    if (Object.hasOwn(panes, pane)) choose(pane);
    change();
}

function choose(name) {
    chosen = name;
    for (const tab of tabs.children) {
        const isChosen = tab.textContent === name;
        tab.setAttribute("aria-selected", isChosen);
        tab.tabIndex = isChosen ? 0 : -1;
        if (!isChosen) continue;
        find("pane").setAttribute("aria-labelledby", tab.id);
        tabs.scrollLeft = tab.offsetLeft - (tabs.clientWidth - tab.offsetWidth) / 2; // a phone shows only some of them
    }
    find("pane").replaceChildren(...panes[name].elements);
}

function makeTabs() {
    const names = Object.keys(panes);
    for (const name of names) {
        const tab = Object.assign(document.createElement("button"), { type: "button", textContent: name, id: `tab-${name}` });
        tab.setAttribute("role", "tab");
        tab.setAttribute("aria-controls", "pane");
        tab.addEventListener("click", () => {
            choose(name);
            change();
        });
        tabs.append(tab);
    }
    tabs.addEventListener("keydown", (event) => {
        const place = names.indexOf(chosen);
        const to = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: names.length - 1 }[event.key];
        if (to === undefined) return;
        event.preventDefault();
        choose(names[(to + names.length) % names.length]);
        [...tabs.children].find((tab) => tab.tabIndex === 0).focus();
        change();
    });
}

function makeExamples() {
    for (const [text, at] of EXAMPLES) {
        const button = Object.assign(document.createElement("button"), { type: "button", textContent: text, className: "plain" });
        button.addEventListener("click", () => {
            fill({ formula: text, point: at });
            find("examples").parentElement.open = false;
            formula.focus();
        });
        const item = document.createElement("li");
        item.append(button);
        find("examples").append(item);
    }
}

makeTabs();
makeExamples();
choose(chosen);
find("licences").textContent = find("licence-source").textContent;
for (const field of [formula, point, options]) field.addEventListener("input", () => change());
options.addEventListener("submit", (event) => event.preventDefault());
find("stop").addEventListener("click", () => python.stop());
find("copy").addEventListener("click", async () => {
    await navigator.clipboard?.writeText(find("link").href).then(() => { find("copy").textContent = "copied"; }, () => {});
});
window.addEventListener("hashchange", () => {
    const link = readFragment(location.hash);
    if (link && fragmentOf(link) !== fragmentOf(state())) fill(link);
});
window.addEventListener("load", () => fill(readFragment(location.hash) ?? { formula: EXAMPLES[0][0], point: EXAMPLES[0][1] }));
