// Editing the inputs: every number of the page is computed anew, by the function numbersAt made from the formula.

const MOST_FIELDS = 16;
const MOST_OPEN = 24;

const form = find(".inputs form");
let numbers = new Map();
let isEdited = false;

const key = (...parts) => parts.join(" ");

// Texts

const shown = (number) => general(number, data.digits);
const drawn = (number) => (data.drawnDigits === null ? brief(number) : general(number, data.drawnDigits));

/** A number in the forms that page/marks.py names. */
function written(value, forms) {
    const isDrawn = forms.includes("drawn");
    const size = entriesOf(value).length;
    let text;
    if (isDrawn && size > data.largestDrawn) text = shapeText(shapeOf(value));
    else if (!isDrawn && size > data.largestShown && !forms.includes("whole")) text = outlined(value, data.digits);
    else text = rowsOf(value, isDrawn ? drawn : shown);
    if (forms.includes("line")) text = oneLine(text);
    return forms.includes("signed") && text.startsWith("-") ? `(${text})` : text;
}

/** The lines of a label of the picture, as drawing/circuit.py writes them; where there is no room for these, with fewer
    digits, and of an array at last its shape. */
function fitted(value, room, most) {
    const shape = [shapeText(shapeOf(value))];
    const rows = (way) => rowsOf(value, way).split("\n");
    const widest = (lines) => Math.max(...lines.map((line) => line.length));
    if (entriesOf(value).length > data.largestDrawn) return shape;
    const whole = rows(drawn);
    if (whole.length > data.mostRows || widest(whole) > data.widestRow) return shape;
    const ways = [whole, ...[6, 5, 4, 3, 2, 1].map((digits) => rows((number) => general(number, digits)))];
    const fitting = ways.find((lines) => widest(lines) <= room && lines.length <= most);
    return fitting ?? (Array.isArray(value) ? shape : ways.at(-1));
}

function label(text, value) {
    if (!text || value === undefined) return;
    const lines = all("tspan", text);
    text.dataset.room ??= Math.max(data.room, ...lines.map((line) => line.textContent.length));
    const texts = fitted(value, Number(text.dataset.room), lines.length);
    lines.forEach((line, place) => {
        line.textContent = texts[place] ?? "";
    });
    const title = find("title", text) ?? text.appendChild(document.createElementNS(text.namespaceURI, "title"));
    title.textContent = written(value, []);
}

/** What a wire passes back: the sum over its ends. */
function passed({ ends }) {
    const found = ends.map((end) => numbers.get(key("downstream", ...end))).filter((value) => value !== undefined);
    return found.length ? found.reduce(added) : undefined;
}

function added(one, other) {
    return Array.isArray(one) ? one.map((each, place) => added(each, other[place])) : one + other;
}

/** What was chosen where a derivative does not exist; empty where it does. */
function kinkText(node) {
    const found = data.kinks[node].find(([output]) => numbers.get(output));
    if (!found) return "";
    const [output, choice] = found;
    const isArray = Array.isArray(numbers.get(key("value", node)));
    return isArray ? `${choice} (in ${general(numbers.get(output), 6)} entries)` : choice;
}

/** Writes all numbers anew. */
function rewrite() {
    for (const text of all("[data-of]")) {
        const value = numbers.get(text.dataset.of);
        text.hidden = value === undefined;
        if (value !== undefined) text.textContent = written(value, text.dataset.as.split(" "));
    }
    for (const text of all("[data-here]")) {
        text.textContent = isEdited ? text.dataset.elsewhere : text.dataset.here;
    }
    for (const cell of all("[data-kink]")) cell.textContent = kinkText(cell.dataset.kink);
    for (const table of all(".backward")) {
        table.classList.toggle("kinkless", all("[data-kink]", table).every((cell) => cell.textContent === ""));
    }
    for (const [node, gate] of gates) {
        label(find(".value", gate), numbers.get(key("value", node)));
        label(find(".gradient", gate), numbers.get(key("upstream", node)) ?? numbers.get(key("gradient", node)));
    }
    data.wires.forEach((wire, place) => label(find(".gradient", wires[place]), passed(wire)));
    go(until);
}

/** Computes all numbers where the inputs have these values. */
function compute(values) {
    const results = numbersAt(...values);
    numbers = new Map(data.numbers.map(([name, output]) => [name, results[output]]));
    for (const kinks of Object.values(data.kinks)) {
        for (const [output] of kinks) numbers.set(output, results[output]);
    }
    data.inputs.forEach(({ node }, place) => numbers.set(key("value", node), values[place]));
    data.sums.forEach(([node, ends]) => numbers.set(key("gradient", node), passed({ ends })));
}

// Fields

/** What a field says: a finite number. */
function readNumber(text) {
    const trimmedText = text.trim().replace("−", "-");
    const number = Number(trimmedText);
    if (trimmedText === "") throw new Error("a number is missing");
    if (Number.isNaN(number)) throw new Error(`“${text.trim()}” is no number`);
    if (!Number.isFinite(number)) throw new Error("the number is not finite");
    return number;
}

/** Nested arrays of finite numbers, in the shape of others. */
function readArray(text, like) {
    let value;
    try {
        value = JSON.parse(text);
    } catch {
        throw new Error("this is no array of numbers: [1, 2] or [[1, 2], [3, 4]]");
    }
    const isAlike = (one, other) =>
        Array.isArray(other)
            ? Array.isArray(one) && one.length === other.length && one.every((each, at) => isAlike(each, other[at]))
            : typeof one === "number" && Number.isFinite(one);
    if (!isAlike(value, like)) throw new Error(`the shape must stay ${shapeText(shapeOf(like))}, of finite numbers`);
    return value;
}

function element(name, properties, ...children) {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
}

/** One input's fields, and what reads them. */
class Input {
    constructor({ name, value }, place) {
        this.value = value;
        this.note = element("p", { className: "note", id: `note-${place}` });
        this.note.setAttribute("role", "alert");
        const shape = shapeOf(value);
        this.isText = shape.length > 2 || entriesOf(value).length > MOST_FIELDS;
        const labels = this.isText || !shape.length ? [name] : this.places(name, shape);
        this.fields = labels.map((text) => {
            const field = element(this.isText ? "textarea" : "input", { autocomplete: "off", spellcheck: false });
            if (!this.isText) field.inputMode = "decimal";
            field.setAttribute("aria-label", text);
            field.setAttribute("aria-describedby", this.note.id);
            field.addEventListener("input", changed);
            return field;
        });
        const grid = element("span", { className: this.isText ? "text" : "grid" }, ...this.fields);
        grid.style.setProperty("--columns", shape.at(-1) ?? 1);
        const title = element("span", { className: "name" }, name);
        this.box = element("div", { className: "field" }, title, grid, this.note);
        this.reset();
    }

    places(name, [rows, columns]) {
        const each = (count) => [...Array(count).keys()];
        if (columns === undefined) return each(rows).map((row) => `${name}[${row}]`);
        return each(rows).flatMap((row) => each(columns).map((column) => `${name}[${row}, ${column}]`));
    }

    reset() {
        const texts = this.isText ? [JSON.stringify(this.value)] : entriesOf(this.value).map(String);
        this.fields.forEach((field, place) => {
            field.value = texts[place];
        });
        this.read();
    }

    /** The value, or undefined where a field is wrong, which is told beside it. */
    read() {
        let wrong = "";
        const entries = this.fields.map((field) => {
            try {
                field.removeAttribute("aria-invalid");
                return this.isText ? readArray(field.value, this.value) : readNumber(field.value);
            } catch (error) {
                field.setAttribute("aria-invalid", "true");
                wrong ||= error.message;
                return undefined;
            }
        });
        this.note.textContent = wrong && `${wrong}; the last good value stays`;
        if (wrong) return undefined;
        if (this.isText) return entries[0];
        const filled = (like) => (Array.isArray(like) ? like.map(filled) : entries.shift());
        return filled(this.value);
    }
}

let inputs = [];

function changed() {
    const values = inputs.map((input) => input.read());
    find(".reset").disabled = false;
    if (values.includes(undefined)) return;
    isEdited = JSON.stringify(values) !== JSON.stringify(inputs.map((input) => input.value));
    find(".reset").disabled = !isEdited;
    compute(values);
    rewrite();
}

function reset() {
    for (const input of inputs) input.reset();
    changed();
}

if (data.inputs.length) {
    inputs = data.inputs.map((input, place) => new Input({ ...input, value: numbered(input.value) }, place));
    const button = element("button", { type: "button", className: "reset", disabled: true }, "reset");
    button.addEventListener("click", reset);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.append(...inputs.map((input) => input.box), button);
    find(".inputs").hidden = false;
    find(".inputs").open = all("input, textarea", form).length <= MOST_OPEN;
    reset();
}

/** Numbers that JSON lacks are strings in it. */
function numbered(value) {
    return Array.isArray(value) ? value.map(numbered) : Number(value);
}
