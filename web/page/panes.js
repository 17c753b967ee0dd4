// The reports, one at a time: each is a command of graphdiff, whose output it shows.

import { showCircuit, showPicture } from "./circuit.js";
import { EXPORTS, fileName, formOptions, png, save } from "./exports.js";
import { picture } from "./plot.js";

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

/** A report: fields of its own, request, what it asks a session for beside the state of the fields, and show, which
    shows the reply. */
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

    request() {
        return {};
    }

    showText(text, isProblem = false) {
        if (!this.text?.isConnected) this.body.replaceChildren(this.text = element("pre", { tabIndex: 0 }));
        this.text.className = isProblem ? "problem" : "";
        if (this.text.textContent !== text) this.text.textContent = text;
    }
}

/** A report that is text. */
class TextPane extends Pane {
    constructor(ask, changed, command, more = () => [], settings = []) {
        super(ask, changed);
        Object.assign(this, { command, more });
        this.controls.append(...settings);
    }

    request() {
        return { command: this.command, more: this.more() };
    }

    show({ result, report: { out, err, line } }) {
        this.line.textContent = line;
        const isStale = !out && !result; // the error stands above, and the last report stays, as one goes on typing
        this.body.classList.toggle("stale", isStale);
        if (!isStale) this.showText(out || err, !out);
    }
}

class GradePane extends TextPane {
    request() {
        return this.answer.value.trim() ? super.request() : {};
    }

    show(reply) {
        this.line.parentElement.hidden = !reply.report;
        if (reply.report) super.show(reply);
        else this.showText("Type answers: q=3 for the value of q, d_x=-4 for the gradient by x.");
    }
}

class CircuitPane extends Pane {
    step = null;

    request() {
        return { command: "draw", more: ["--format=parts"], shown: ["-o", "page.html"] };
    }

    show({ result, report: { status, out, line } }) {
        this.line.textContent = result ? line : line.replace("page.html", "circuit.svg");
        this.body.classList.toggle("stale", status !== 0);
        if (status !== 0) {
            if (!this.shown) this.body.replaceChildren();
            return;
        }
        if (this.shown) this.step = this.shown.step();
        this.shown?.pause();
        const { picture, ...page } = JSON.parse(out);
        if (picture) showPicture(this.body, picture);
        const shown = picture ? null : showCircuit(this.body, page, this.step);
        this.shown = shown && { ...shown, step: () => (shown.isLast() ? null : shown.step()) };
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

    async show({ result }, { formula, options }) {
        this.line.parentElement.hidden = true;
        const names = Object.keys(result?.at ?? {}).filter((name) => typeof result.at[name] === "number");
        if (names.join("\n") !== [...this.input.options].map(({ value }) => value).join("\n")) {
            const chosen = this.input.value;
            this.input.replaceChildren(...names.map((name) => element("option", { textContent: name })));
            if (names.includes(chosen)) this.input.value = chosen;
        }
        const name = this.input.value;
        if (!name) return this.showText("A plot needs a value for each input.", true);
        const here = result.at[name];
        const bound = Math.max(4, 2 * Math.abs(here));
        Object.assign(this.from, { placeholder: here - bound });
        Object.assign(this.to, { placeholder: here + bound });
        const [start, stop] = [this.from, this.to].map(({ value, placeholder }) => Number(value || placeholder));
        if (!(start < stop)) return this.showText("The plot goes from a number to a larger one.", true);
        const reply = await this.ask({
            plot: { formula, name, at: result.at, start, stop, language: options.language || null },
        });
        if (reply.refusal) return this.showText(reply.refusal, true);
        this.body.replaceChildren(picture(reply, name, here));
    }
}

class ExportPane extends Pane {
    show(reply, fields) {
        this.line.parentElement.hidden = true;
        const buttons = EXPORTS.map(([command, form, title]) => {
            const button = element("button", { type: "button", textContent: title });
            button.addEventListener("click", () => this.export(fields, command, form));
            return button;
        });
        this.message = element("p", { role: "status", className: "comment" });
        const print = element("button", { type: "button", textContent: "print, or PDF" });
        print.addEventListener("click", () => window.print());
        this.body.replaceChildren(element("div", { className: "buttons" }, ...buttons, print), this.message);
    }

    async export(fields, command, form) {
        const { report: { status, out, err } } = await this.ask({ ...fields, command, more: formOptions(command, form) });
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
    const grade = new GradePane(ask, changed, "grade", () => [`--answer=${answer.value}`], [labelled("answers", answer)]);
    grade.answer = answer;
    const [explain, json] = [text("explain"), text("eval", () => ["--json"])];
    for (const each of [explain, json]) each.body.classList.add("wrapped");
    return {
        circuit: new CircuitPane(ask, changed),
        tables: text("eval"),
        explain,
        derivative: diff,
        plot: new PlotPane(ask, changed),
        code: compile,
        check: text("check"),
        grade,
        JSON: json,
        export: new ExportPane(ask, changed),
    };
}
