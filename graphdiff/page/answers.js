"use strict";

// Answers: numbers such as -4, 0.5, 1e-3, 1/3, pi/4 and -2*e. They are read here, never evaluated as code.

const CONSTANTS = { pi: Math.PI, "π": Math.PI, e: Math.E };
const FEWEST_DIGITS = 3;
const MOST_DIGITS = 12;
const ALL_DIGITS = 1e-9;
const SLACK = 1e-12;
const DIGITS_OF_SLIPS = 6; // as in exercises/slips_sentences.py
const ROUNDED = 0.01; // of the number, as in exercises/slips_own.py
const TOO_FEW_DIGITS = "This was rounded too early, or to too few digits.";

function readFactor(text) {
    if (Object.hasOwn(CONSTANTS, text)) return CONSTANTS[text];
    return /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
}

/** The significant digits of a decimal, at least one. */
function digitsOf(text) {
    const digits = text.replace(/e.*/i, "").replace(/\D/g, "").replace(/^0+/, "");
    return Math.min(Math.max(digits.length, 1), MOST_DIGITS);
}

/** The number in a text, NaN if it is not one, and its significant digits; null is for all digits, as of 1/3. */
function readAnswer(text) {
    const typed = text.trim().replace(/[−–]/g, "-").replace(",", ".").replace(/\s*([*/])\s*/g, "$1");
    const [, sign, product] = /^([+-]?)(.*)$/s.exec(typed);
    const [first, ...others] = product.split(/(?=[*/])/);
    let number = readFactor(first);
    for (const part of others) {
        const factor = readFactor(part.slice(1));
        number = part[0] === "*" ? number * factor : number / factor;
    }
    const isDecimal = !others.length && !Object.hasOwn(CONSTANTS, first);
    const decimals = isDecimal ? [first] : [first, ...others].filter((part) => part.includes("."));
    const digits = decimals.length ? Math.min(...decimals.map(digitsOf)) : null;
    return { number: sign === "-" ? -number : number, digits };
}

/** Whether a number is the right one, both rounded to so many digits, as in exercises/grade_numbers.py; rounding errors
    beside 0 are 0. */
function agrees(number, right, digits) {
    const difference = Math.abs(number - right);
    if (difference === 0 || !Number.isFinite(difference)) return difference === 0;
    if (right === 0) return difference < SLACK;
    if (digits === null) return difference <= ALL_DIGITS * Math.abs(right);
    const [one, other] = [number, right].map((each) => each.toExponential(digits - 1));
    if (one === other) return true;
    // Beside a half of the last digit both may be rounded differently, although they differ by less than that.
    const smaller = Math.min(Math.abs(number), Math.abs(right));
    const power = Number(smaller.toExponential(digits - 1).split("e")[1]);
    return smaller > 0 && difference <= 0.5 * 10 ** (power + 1 - digits) + SLACK * smaller;
}

/** Whether an answer is this number, to its own digits or to the fewest that are needed. */
function isSame({ number, digits }, right) {
    return agrees(number, right, digits && Math.max(digits, FEWEST_DIGITS));
}

/** What is said about an answer that is a number: "right", or the sentence of the slip that gives it. Slips are numbers
    with the indices of their clauses; those that are common also explain an answer of fewer digits, as in
    exercises/slips_search.py. */
function commentOn(answer, right, slips, clauses, isEqual = isSame) {
    if (isEqual(answer, right)) return "right";
    const { number, digits } = answer;
    const isShort = digits !== null && digits < FEWEST_DIGITS;
    const isRoughly = (other) => isShort && agrees(number, other, digits);
    if (isRoughly(right)) return TOO_FEW_DIGITS;
    const exact = slips.find(([wrong]) => isEqual(answer, wrong));
    const slip = exact ?? slips.find(([wrong, , isCommon]) => isCommon && isRoughly(wrong));
    if (!slip) return Math.abs(number - right) <= ROUNDED * Math.abs(right) ? TOO_FEW_DIGITS : "wrong";
    const [wrong, clause] = slip;
    const rounding = exact ? "" : `, which ${general(number, DIGITS_OF_SLIPS)} rounds to fewer than ${FEWEST_DIGITS} significant digits`;
    return `${clauses[clause]}; this slip gives ${general(wrong, DIGITS_OF_SLIPS)}${rounding}.`;
}

function markInvalid(field, isInvalid) {
    if (isInvalid) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
}
