// Practising: boxes in the circuit for the gradients that no step has shown yet, with what is said about their content.

const WIDTH_OF_BOX = 4.6; // of the font's size, as is the height
const HEIGHT_OF_BOX = 1.35;

const CARRIED = "carried: right by an earlier wrong answer";

const keys = Object.keys(data.boxes); // from the output back
const practise = find(".practise");
const comment = find(".comment");

/** Whether an answer is a number, to its own digits or to those that the circuit shows. */
function isShownAs(answer, number) {
    return isSame(answer, number) || readAnswer(formatLabel(number)).number === answer.number;
}

/** The box at a label of the circuit, for the number that has this key. */
class Box {
    constructor(label, key, name) {
        this.label = label;
        this.key = key;
        this.place = keys.indexOf(key);
        this.name = name;
        this.field = element("input", { autocomplete: "off", spellcheck: false, inputMode: "text" });
        this.field.setAttribute("aria-label", name);
        this.field.addEventListener("change", () => this.check());
        this.holder = document.createElementNS(picture.namespaceURI, "foreignObject");
        const size = parseFloat(getComputedStyle(label).fontSize);
        const { x, y, width, height } = label.getBBox();
        const own = { width: WIDTH_OF_BOX * size, height: HEIGHT_OF_BOX * size };
        const place = { x: x + (width - own.width) / 2, y: y + (height - own.height) / 2 };
        for (const [attribute, length] of Object.entries({ ...own, ...place })) this.holder.setAttribute(attribute, length);
        this.holder.append(this.field);
        label.closest("g").parentElement.append(this.holder);
    }

    /** The answer in the field; NaN if it is not a number, undefined if there is none. */
    read() {
        const text = this.field.value.trim();
        return text === "" ? undefined : readAnswer(text);
    }

    /** The right number, at the inputs that the page has now. */
    get right() {
        return isEdited ? numbers.get(this.key) : data.boxes[this.key][0];
    }

    /** What is said about the content; empty if there is none. */
    judge() {
        const answer = this.read();
        if (!answer) return "";
        if (Number.isNaN(answer.number)) return `“${this.field.value.trim()}” is not a number`;
        const slips = isEdited ? [] : data.boxes[this.key][1]; // which are those at the page's own inputs
        if (!isEdited && !isShownAs(answer, this.right) && isCarried(this, answer)) return CARRIED;
        return commentOn(answer, this.right, slips, data.clauses, isShownAs);
    }

    check() {
        const text = this.judge();
        comment.textContent = text && `${this.name}: ${text}`;
        updateBoxes();
    }

    update() {
        const isOpen = practise.getAttribute("aria-pressed") === "true" && this.label.classList.contains("unknown");
        this.holder.toggleAttribute("hidden", !isOpen);
        const text = this.judge();
        this.field.classList.toggle("right", text === "right");
        this.field.classList.toggle("carried", text === CARRIED);
        markInvalid(this.field, !["", "right", CARRIED].includes(text));
    }
}

const boxes = [];

function addBox(label, keys, name) {
    const key = keys.find((each) => each in data.boxes);
    if (label && key !== undefined) boxes.push(new Box(label, key, name));
}

// From the output back: what arrives over the branches of a gate, then their sum.
for (const [node, gate] of [...gates].reverse()) {
    data.wires.forEach(({ name, source, end }, place) => {
        if (source === node) addBox(find(".gradient", wires[place]), [key("downstream", ...end)], `downstream, ${name}`);
    });
    addBox(find(".gradient", gate), [key("upstream", node), key("gradient", node)], `gradient of ${data.gates[node]}`);
}

// Errors carried forward, as in exercises/grader.py

/** The numbers that go on with wrong answers, given from the output back, and are otherwise right; by the keys. */
function carry(answers) {
    const results = new Map(keys.map((each) => [each, data.boxes[each][0]]));
    for (const [wrong, number] of answers) {
        const change = number - results.get(wrong);
        results.set(wrong, number);
        for (const [place, response] of data.boxes[wrong][2]) {
            results.set(keys[place], results.get(keys[place]) + change * response);
        }
    }
    return results;
}

/** Whether an answer is right by the wrong ones before it: by all of them, or by one alone. */
function isCarried(box, answer) {
    const wrong = boxes
        .filter((other) => other.place < box.place)
        .sort((one, other) => one.place - other.place)
        .map((other) => [other, other.read()])
        .filter(([other, given]) => given && !Number.isNaN(given.number) && !isShownAs(given, other.right))
        .map(([other, given]) => [other.key, given.number]);
    const choices = [wrong, ...wrong.map((each) => [each])];
    return choices.some((choice) => isShownAs(answer, carry(choice).get(box.key)));
}

function updateBoxes() {
    for (const box of boxes) box.update();
}

practise.hidden = !boxes.length;
practise.addEventListener("click", () => {
    const isOn = practise.getAttribute("aria-pressed") !== "true";
    practise.setAttribute("aria-pressed", isOn);
    comment.textContent = "";
    pause();
    go(isOn && until === WHOLE ? 0 : until);
    if (isOn) boxes.find((box) => !box.holder.hasAttribute("hidden"))?.field.focus();
});
picture.addEventListener("step", updateBoxes);
updateBoxes();
