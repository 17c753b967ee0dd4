// Practising: boxes in the circuit for the gradients that no step has shown yet, with what is said about their content.

const WIDTH_OF_BOX = 4.6; // of the font's size, as is the height
const HEIGHT_OF_BOX = 1.35;

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

    /** What is said about the content; empty if there is none. */
    judge() {
        const text = this.field.value.trim();
        if (text === "") return "";
        const answer = readAnswer(text);
        if (Number.isNaN(answer.number)) return `“${text}” is not a number`;
        const [rightHere, slips] = data.boxes[this.key];
        const right = isEdited ? numbers.get(this.key) : rightHere;
        return commentOn(answer, right, isEdited ? [] : slips, data.clauses, isShownAs);
    }

    check() {
        const text = this.judge();
        comment.textContent = text && `${this.name}: ${text}`;
        this.update();
    }

    update() {
        const isOpen = practise.getAttribute("aria-pressed") === "true" && this.label.classList.contains("unknown");
        this.holder.toggleAttribute("hidden", !isOpen);
        const text = this.judge();
        this.field.classList.toggle("right", text === "right");
        markInvalid(this.field, text !== "" && text !== "right");
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
