const find = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const { answers, clauses } = JSON.parse(find("#data").textContent);

const answersIn = (text) => text.replace(/[[\]]/g, " ").split(",").map(readAnswer);
const bracketsOf = (text) => text.replace(/[^[\],]/g, "");

/** What is said about a text in a field: whether it is right, and a sentence. */
function judge(text, answer) {
    const isArray = answer.text.startsWith("[");
    const given = isArray ? answersIn(text) : [readAnswer(text)];
    if (given.some(({ number }) => Number.isNaN(number))) return [false, "not a number"];
    if (isArray && bracketsOf(text) !== bracketsOf(answer.text)) {
        return [false, `expected the form ${answer.text.replace(/[^[\],\s]+/g, "…")}`];
    }
    if (given.length === 1) {
        const comment = commentOn(given[0], answer.numbers[0], answer.slips, clauses);
        return [comment === "right", comment];
    }
    const isRight = given.every((each, place) => isSame(each, answer.numbers[place]));
    return [isRight, isRight ? "right" : "wrong"];
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
        markInvalid(field, !isRight && sentence !== "");
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
