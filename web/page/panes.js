// The reports, one at a time: each is a command of graphdiff, whose output it shows.

import { showCircuit, showPicture } from "./circuit.js";
import { EXPORTS, fileName, formOptions, png, save } from "./exports.js";
import { picture } from "./plot.js";
import { shellLine, wordsOf } from "./words.js";

const LANGUAGES = ["python", "numpy", "c", "rust", "javascript", "jax", "torch", "matlab", "r", "fortran", "sql", "latex"];

function element(name, properties = {}, ...children) {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
}

function labelled(text, field) {
    return element("label", {}, text, " ", field);
}

function choice(values) {
    return element("select", {}, ...values.map((each) => element("option", { textContent: each })));
}

/** A report: fields of its own, and update, which asks Python and shows the answer. */
class Pane {
    constructor(ask, changed) {
        this.ask = ask;
        this.controls = element("div", { className: "settings" });
        this.body = element("div", { className: "body" });
        this.line = element("code", { className: "line" });
        this.controls.addEventListener("input", changed);
    }

    get elements() {
        return [this.controls, this.body, element("p", { className: "command" }, "in a terminal: ", this.line)];
    }

    async run(words) {
        this.line.textContent = shellLine(words);
        return this.ask({ words });
    }

    showText(text, isProblem = false) {
        this.body.replaceChildren(element("pre", { textContent: text, className: isProblem ? "problem" : "", tabIndex: 0 }));
    }
}

/** A report that is text. */
class TextPane extends Pane {
    constructor(ask, changed, command, more = () => [], settings = []) {
        super(ask, changed);
        Object.assign(this, { command, more });
        this.controls.append(...settings);
    }

    async update(state) {
        const { out, err } = await this.run(wordsOf(this.command, state, this.more(state), this.hasPoint ?? true));
        if (out) this.showText(out);
        else this.showText(err, true);
    }
}

class CircuitPane extends Pane {
    step = null;

    async update(state) {
        const words = wordsOf("draw", state);
        this.line.textContent = shellLine([...words.slice(0, -2), "-o", "page.html", ...words.slice(-2)]);
        const reply = state.document ? await this.ask({ circuit: words }) : { status: 2 };
        if (this.shown) this.step = this.shown.step();
        if (reply.status === 0) {
            this.shown?.pause();
            const shown = showCircuit(this.body, reply, this.step);
            this.body.classList.remove("stale");
            this.shown = { ...shown, step: () => (shown.isLast() ? null : shown.step()) };
            return;
        }
        const plain = await this.ask({ words: wordsOf("draw", state, ["--format", "svg", "-o", "-"], false) });
        if (plain.status === 0) showPicture(this.body, plain.out);
        else if (!this.shown) this.body.replaceChildren();
        this.body.classList.toggle("stale", plain.status !== 0);
        if (plain.status !== 0) return;
        this.shown = null;
    }
}

class PlotPane extends Pane {
    constructor(ask, changed) {
        super(ask, changed);
        this.input = choice([]);
        this.from = element("input", { size: 6, inputMode: "decimal" });
        this.to = element("input", { size: 6, inputMode: "decimal" });
        this.controls.append(labelled("over", this.input), labelled("from", this.from), labelled("to", this.to));
    }

    async update({ formula, options, document: report }) {
        this.line.parentElement.hidden = true;
        const names = Object.keys(report?.at ?? {}).filter((name) => typeof report.at[name] === "number");
        if (names.join("\n") !== [...this.input.options].map(({ value }) => value).join("\n")) {
            const chosen = this.input.value;
            this.input.replaceChildren(...names.map((name) => element("option", { textContent: name })));
            if (names.includes(chosen)) this.input.value = chosen;
        }
        const name = this.input.value;
        if (!name) return this.showText("A plot needs a value for each input.", true);
        const here = report.at[name];
        const bound = Math.max(4, 2 * Math.abs(here));
        Object.assign(this.from, { placeholder: here - bound });
        Object.assign(this.to, { placeholder: here + bound });
        const [start, stop] = [this.from, this.to].map(({ value, placeholder }) => Number(value || placeholder));
        if (!(start < stop)) return this.showText("The plot goes from a number to a larger one.", true);
        const reply = await this.ask({
            plot: { formula, name, at: report.at, start, stop, language: options.language || null },
        });
        if (reply.refusal) return this.showText(reply.refusal, true);
        this.body.replaceChildren(picture(reply, name, here));
    }
}

class ExportPane extends Pane {
    async update(state) {
        this.line.parentElement.hidden = true;
        const buttons = EXPORTS.map(([command, form, title]) => {
            const button = element("button", { type: "button", textContent: title });
            button.addEventListener("click", () => this.export(state, command, form));
            return button;
        });
        this.message = element("p", { role: "status", className: "comment" });
        const print = element("button", { type: "button", textContent: "print, or PDF" });
        print.addEventListener("click", () => window.print());
        this.body.replaceChildren(element("div", { className: "buttons" }, ...buttons, print), this.message);
    }

    async export(state, command, form) {
        const { status, out, err } = await this.ask({ words: wordsOf(command, state, formOptions(command, form)) });
        this.message.textContent = status === 0 || out ? `saved ${fileName(command, form)}` : err;
        if (status === 0 || out) save(fileName(command, form), form === "png" ? await png(out) : out);
    }
}

/** The panes by name. ask puts a question to Python; changed is called when a field of a pane changes. */
export function makePanes(ask, changed) {
    const order = element("input", { type: "number", min: 1, max: 9, value: 1 });
    const steps = element("input", { type: "checkbox", checked: true });
    const language = choice(LANGUAGES);
    const answer = element("input", { size: 24, placeholder: "d_x=-4, q=3" });
    const text = (command, ...rest) => new TextPane(ask, changed, command, ...rest);
    const diff = text("diff", () => ["--order", order.value || "1", ...(steps.checked ? ["--steps"] : [])], [
        labelled("order", order), element("label", {}, steps, " step by step"),
    ]);
    const compile = text("compile", () => ["--to", language.value], [labelled("language", language)]);
    diff.hasPoint = compile.hasPoint = false;
    const grade = text("grade", () => [`--answer=${answer.value}`], [labelled("answers", answer)]);
    return {
        circuit: new CircuitPane(ask, changed),
        tables: text("eval"),
        explain: text("explain"),
        derivative: diff,
        plot: new PlotPane(ask, changed),
        code: compile,
        check: text("check"),
        grade,
        JSON: text("eval", () => ["--json"]),
        export: new ExportPane(ask, changed),
    };
}
