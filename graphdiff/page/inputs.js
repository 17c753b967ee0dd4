// Editing the inputs: all numbers of the page are recomputed by numbersAt, which is generated from the formula.

const MOST_FIELDS = 16;
const MOST_OPEN = 24;

const form = find(".inputs form");
let numbers = new Map();
let isEdited = false;

const key = (...parts) => parts.join(" ");

// Texts

const formatValue = (number) => general(number, data.digits);
const formatLabel = (number) => (data.labelDigits === null ? brief(number) : general(number, data.labelDigits));

/** A number or an array in these forms, which page/marks.py lists. */
function formatNumber(value, forms) {
    const isLabel = forms.includes("label");
    const size = entriesOf(value).length;
    let text;
    if (isLabel && size > data.largestLabel) text = shapeText(shapeOf(value));
    else if (!isLabel && size > data.largestShown && !forms.includes("whole")) text = summaryOf(value, data.digits);
    else text = rowsOf(value, isLabel ? formatLabel : formatValue);
    if (forms.includes("line")) text = oneLine(text);
    return forms.includes("signed") && text.startsWith("-") ? `(${text})` : text;
}

/** The lines of a label in the picture, as in drawing/circuit.py; where they do not fit, with fewer digits, and as the
    last resort the shape of an array. */
function labelLines(value, room, most) {
    const shape = [shapeText(shapeOf(value))];
    const rows = (format) => rowsOf(value, format).split("\n");
    const widest = (lines) => Math.max(...lines.map((line) => line.length));
    if (entriesOf(value).length > data.largestLabel) return shape;
    const whole = rows(formatLabel);
    if (whole.length > data.mostRows || widest(whole) > data.widestRow) return shape;
    const attempts = [whole, ...[6, 5, 4, 3, 2, 1].map((digits) => rows((number) => general(number, digits)))];
    const fitting = attempts.find((lines) => widest(lines) <= room && lines.length <= most);
    return fitting ?? (Array.isArray(value) ? shape : attempts.at(-1));
}

function label(text, value) {
    if (!text || value === undefined) return;
    const lines = all("tspan", text);
    text.dataset.room ??= Math.max(data.room, ...lines.map((line) => line.textContent.length));
    const texts = labelLines(value, Number(text.dataset.room), lines.length);
    lines.forEach((line, place) => {
        line.textContent = texts[place] ?? "";
    });
    const title = find("title", text) ?? text.appendChild(document.createElementNS(text.namespaceURI, "title"));
    title.textContent = formatNumber(value, []);
}

/** The sum of the gradients that wires pass back, by their ends. */
function sumOver(ends) {
    const terms = ends.map((end) => numbers.get(key("downstream", ...end))).filter((value) => value !== undefined);
    return terms.length ? terms.reduce(addValues) : undefined;
}

function addValues(one, other) {
    return Array.isArray(one) ? one.map((each, place) => addValues(each, other[place])) : one + other;
}

/** The choice made at a kink, where the derivative does not exist; empty elsewhere. */
function kinkText(node) {
    const kink = data.kinks[node].find(([output]) => numbers.get(output));
    if (!kink) return "";
    const [output, choice] = kink;
    const isArray = Array.isArray(numbers.get(key("value", node)));
    return isArray ? `${choice} (in ${general(numbers.get(output), 6)} entries)` : choice;
}

const isAtKink = () => Object.values(data.kinks).some((kinks) => kinks.some(([output]) => numbers.get(output)));

/** The number that labels show: 0 for a rounding error alone, of which only the page's own numbers are known. */
function numberOfLabel(name) {
    return !isEdited && data.zeros.includes(name) ? 0 : numbers.get(name);
}

/** Updates all numbers of the page. */
function rewrite() {
    for (const text of all("[data-of]")) {
        const forms = text.dataset.as.split(" ");
        const value = forms.includes("label") ? numberOfLabel(text.dataset.of) : numbers.get(text.dataset.of);
        text.hidden = value === undefined;
        if (value !== undefined) text.textContent = formatNumber(value, forms);
    }
    for (const text of all("[data-here]")) {
        text.textContent = isEdited ? text.dataset.elsewhere : text.dataset.here;
    }
    for (const cell of all("[data-kink]")) {
        cell.dataset.here ??= cell.textContent;
        cell.textContent = isEdited ? kinkText(cell.dataset.kink) : cell.dataset.here;
    }
    for (const table of all(".backward")) {
        table.classList.toggle("kinkless", all("[data-kink]", table).every((cell) => cell.textContent === ""));
    }
    find(".convention").hidden = !isEdited || !isAtKink();
    for (const [node, gate] of gates) {
        label(find(".value", gate), numberOfLabel(key("value", node)));
        label(find(".gradient", gate), numberOfLabel(key("upstream", node)) ?? numberOfLabel(key("gradient", node)));
    }
    data.wires.forEach(({ end }, place) => {
        label(find(".gradient", wires[place]), numberOfLabel(key("downstream", ...end)));
    });
    go(until);
}

/** Computes all numbers for these values of the inputs. */
function compute(values) {
    const results = numbersAt(...values);
    numbers = new Map(data.numbers.map(([name, output]) => [name, results[output]]));
    for (const kinks of Object.values(data.kinks)) {
        for (const [output] of kinks) numbers.set(output, results[output]);
    }
    data.inputs.forEach(({ node }, place) => numbers.set(key("value", node), values[place]));
    data.sums.forEach(([node, ends]) => numbers.set(key("gradient", node), sumOver(ends)));
    if (isEdited) return;
    for (const [name, value] of Object.entries(data.numbersHere)) numbers.set(name, toNumbers(value));
}

// Fields

/** The finite number in a field; throws an error with a message for the reader. */
function readNumber(text) {
    const { number } = readAnswer(text);
    if (text.trim() === "") throw new Error("a number is missing");
    if (Number.isNaN(number)) throw new Error(`“${text.trim()}” is not a number`);
    if (!Number.isFinite(number)) throw new Error("the number is not finite");
    return number;
}

/** Nested arrays of finite numbers, of the same shape as like; throws an error with a message for the reader. */
function readArray(text, like) {
    let value;
    try {
        value = JSON.parse(text.replace(/[^[\],]*[^[\],\s][^[\],]*/g, (entry) => readNumber(entry)));
    } catch {
        throw new Error("not an array of numbers such as [1, 2] or [[1, 2], [3, 4]]");
    }
    const matches = (one, other) =>
        Array.isArray(other)
            ? Array.isArray(one) && one.length === other.length && one.every((each, at) => matches(each, other[at]))
            : typeof one === "number" && Number.isFinite(one);
    if (!matches(value, like)) throw new Error(`expected finite numbers in an array of shape ${shapeText(shapeOf(like))}`);
    return value;
}

function element(name, properties, ...children) {
    const created = Object.assign(document.createElement(name), properties);
    created.append(...children);
    return created;
}

/** The fields of one input. */
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
            field.setAttribute("aria-label", text);
            field.setAttribute("aria-describedby", this.note.id);
            field.addEventListener("input", update);
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

    /** The value, or undefined where a field is invalid, with a note beside it. */
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
        this.note.textContent = wrong && `${wrong}; the last valid value is kept`;
        if (wrong) return undefined;
        if (this.isText) return entries[0];
        const fill = (like) => (Array.isArray(like) ? like.map(fill) : entries.shift());
        return fill(this.value);
    }
}

let inputs = [];

function update() {
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
    update();
}

if (data.inputs.length) {
    inputs = data.inputs.map((input, place) => new Input({ ...input, value: toNumbers(input.value) }, place));
    const button = element("button", { type: "button", className: "reset", disabled: true }, "reset");
    button.addEventListener("click", reset);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.append(...inputs.map((input) => input.box), button);
    find(".inputs").hidden = false;
    find(".inputs").open = all("input, textarea", form).length <= MOST_OPEN;
    reset();
}

/** Converts the strings that stand for infinities and NaN in JSON. */
function toNumbers(value) {
    return Array.isArray(value) ? value.map(toNumbers) : Number(value);
}
