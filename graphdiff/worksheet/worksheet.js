"use strict";

const find = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const answers = JSON.parse(find("#data").textContent);
const LEAST_DIGITS = 3;
const CONSTANTS = { pi: Math.PI, "π": Math.PI, e: Math.E };

// Numbers: -4, 0.5, 1e-3, 1/3, pi/4, -2*e. They are read here, never evaluated as code.

function readFactor(text) {
    if (Object.hasOwn(CONSTANTS, text)) return CONSTANTS[text];
    return /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
}

/** The number in a text and the significant digits that it was typed with; NaN where it is none. */
function readNumber(text) {
    const [, sign, rest] = /^([+-]?)(.*)$/s.exec(text.trim().replace(/[−–]/g, "-").replace(/\s*([*/])\s*/g, "$1"));
    const [first, ...others] = rest.split(/(?=[*/])/);
    let number = readFactor(first);
    for (const part of others) {
        const factor = readFactor(part.slice(1));
        number = part[0] === "*" ? number * factor : number / factor;
    }
    const typed = first.split(/e/i)[0].replace(".", "").replace(/^0+/, "");
    const digits = others.length || Object.hasOwn(CONSTANTS, first) ? 12 : typed.length;
    return { number: sign === "-" ? -number : number, digits: Math.min(Math.max(digits, LEAST_DIGITS), 15) };
}

/** Whether both numbers are equal when they are rounded to the digits that were typed. */
function isSame(given, right) {
    if (Number.isNaN(given.number)) return false;
    if (Math.abs(right) < 1e-12) return Math.abs(given.number) < 1e-12;
    return Number(given.number.toPrecision(given.digits)) === Number(right.toPrecision(given.digits));
}

const entriesOf = (text) => text.replace(/[[\]]/g, " ").split(",").map(readNumber);
const shapeOf = (text) => text.replace(/[^[\],]/g, "");

/** What is said about a text in a field: whether it is right, and a sentence. */
function judge(text, answer) {
    const isArray = answer.text.startsWith("[");
    const given = isArray ? entriesOf(text) : [readNumber(text.replace(",", "."))];
    if (given.some(({ number }) => Number.isNaN(number))) return [false, "not a number"];
    if (isArray && shapeOf(text) !== shapeOf(answer.text)) {
        return [false, `expected the form ${answer.text.replace(/[^[\],\s]+/g, "…")}`];
    }
    if (given.every((each, place) => isSame(each, answer.numbers[place]))) return [true, "right"];
    const slip = answer.slips.find(([number]) => isSame(given[0], number));
    return [false, slip ? slip[1] : "wrong"];
}

function check(section) {
    let right = 0;
    const fields = all("[data-answer]", section);
    for (const field of fields) {
        const cell = field.parentElement;
        const [isRight, sentence] = field.value.trim() ? judge(field.value, answers[field.dataset.answer]) : [false, ""];
        right += isRight;
        cell.classList.toggle("right", isRight);
        cell.classList.toggle("wrong", !isRight && sentence !== "");
        find(".note", cell).textContent = sentence;
        field.toggleAttribute("aria-invalid", !isRight && sentence !== "");
    }
    find("output", section).textContent = `${right} of ${fields.length} right`;
}

for (const section of all("section")) {
    const button = find("button", section);
    if (!button) continue;
    button.addEventListener("click", () => check(section));
    section.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && event.target.matches("input")) check(section);
    });
    find(".check", section).hidden = false;
}

// One variant at a time; its number is in the address.

const choice = find("select");

function show() {
    for (const section of all("section")) section.hidden = section.dataset.variant !== choice.value;
}

function open() {
    const number = location.hash.slice(1);
    if ([...choice.options].some((option) => option.value === number)) choice.value = number;
    show();
}

if (choice.options.length > 1) {
    choice.addEventListener("change", () => {
        history.replaceState(null, "", `#${choice.value}`);
        show();
    });
    window.addEventListener("hashchange", open);
    find(".choice").hidden = false;
    open();
}
