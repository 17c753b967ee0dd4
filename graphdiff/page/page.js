// Stepping through the backward pass, and highlighting related parts, of the document or element root, with its data.

const FORWARD = -1;
const WHOLE = data.steps.length + 1;
const LARGEST_SCALE = data.isPresentation ? 4 : 1.4;
const PLAY_SECONDS = 1.6;

const find = (selector, within = root) => within.querySelector(selector);
const all = (selector, within = root) => [...within.querySelectorAll(selector)];

const picture = find(".circuit svg");
const slider = find(".controls [type=range]");
const explanation = find(".explanation");
const gates = new Map(all("[data-node]", picture).map((gate) => [Number(gate.dataset.node), gate]));
const wires = all(".wire", picture);
const rows = all("tbody tr");
let until = WHOLE;
let timer = 0;

/** The backward step of a wire's end. */
const stepOf = ([node]) => data.steps.indexOf(node) + 1;

// Steps

/** Shows the page after so many backward steps. */
function go(step) {
    until = Math.min(Math.max(step, FORWARD), WHOLE);
    const active = data.steps[until - 1];
    for (const text of all("text[data-since]", picture)) {
        text.classList.toggle("unknown", Number(text.dataset.since) > until);
    }
    for (const [node, gate] of gates) {
        mark(gate, active === node);
    }
    data.wires.forEach(({ end }, place) => {
        mark(wires[place], end[0] === active);
    });
    for (const row of rows) {
        const { step: own, since } = row.dataset;
        const isForward = row.closest(".forward") !== null;
        mark(row, !isForward && Number(own) === until);
        row.classList.toggle("unknown", !isForward && Number(own ?? since) > until);
    }
    const lines = find(`.lines [data-until="${until}"]`);
    explanation.replaceChildren(...lines.cloneNode(true).childNodes);
    slider.value = until;
    slider.setAttribute("aria-valuetext", lines.firstElementChild.textContent);
    scroll();
    find("[data-go=first]").disabled = find("[data-go=back]").disabled = until === FORWARD;
    find("[data-go=next]").disabled = find("[data-go=last]").disabled = until === WHOLE;
    labelParts();
    picture.dispatchEvent(new Event("step"));
}

function mark(element, isActive) {
    element.classList.toggle("active", isActive);
    if (isActive) buttonOf(element).setAttribute("aria-current", "step");
    else buttonOf(element).removeAttribute("aria-current");
}

/** What takes the focus in a gate, a wire or a row. */
function buttonOf(element) {
    return find(".reach", element) ?? element;
}

/** Scrolls the active gate into view, unless the reader is elsewhere on the page; the step line covers what is below. */
function scroll() {
    const gate = find("g.active[data-node]", picture);
    if (!gate) return;
    const { top, bottom } = picture.parentElement.getBoundingClientRect();
    const before = window.scrollY;
    document.documentElement.style.scrollPaddingBottom = `${find(".steps").offsetHeight}px`;
    gate.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (bottom < 0 || top > window.innerHeight) window.scrollTo(window.scrollX, before);
}

/** Labels gates and wires for screen readers with the numbers that they show. */
function labelParts() {
    for (const [node, gate] of gates) {
        const texts = [data.gates[node]];
        for (const kind of ["value", "gradient"]) {
            const text = find(`.${kind}:not(.unknown)`, gate);
            if (text) texts.push(`${kind} ${all("tspan", text).map((line) => line.textContent).join(" ")}`);
        }
        buttonOf(gate).setAttribute("aria-label", texts.join(", "));
    }
    data.wires.forEach(({ name, end }, place) => {
        const isKnown = stepOf(end) > 0 && stepOf(end) <= until;
        const texts = [isKnown && lineOf(end)?.textContent].filter(Boolean);
        buttonOf(wires[place]).setAttribute("aria-label", [name, ...texts].join(", "));
    });
}

/** The line with the multiplication of an edge. */
function lineOf([node, slot]) {
    return find(`.lines [data-edge="${node} ${slot}"]`);
}

const moves = {
    first: () => go(FORWARD),
    back: () => go(until - 1),
    next: () => go(until + 1),
    last: () => go(WHOLE),
};

function pause() {
    clearInterval(timer);
    timer = 0;
    find("[data-go=play]").textContent = "play";
}

function play() {
    if (timer) return pause();
    if (until === WHOLE) go(FORWARD);
    find("[data-go=play]").textContent = "pause";
    timer = setInterval(() => {
        go(until + 1);
        if (until === WHOLE) pause();
    }, PLAY_SECONDS * 1000);
}

for (const button of all("[data-go]")) {
    button.addEventListener("click", () => {
        if (button.dataset.go === "play") return play();
        pause();
        moves[button.dataset.go]();
        const opposite = { first: "next", back: "next", next: "back", last: "back" }[button.dataset.go];
        if (button.disabled) find(`[data-go=${opposite}]`).focus();
    });
}
slider.addEventListener("input", () => {
    pause();
    go(Number(slider.value));
});

const KEYS = { ArrowLeft: "back", ArrowRight: "next", Home: "first", End: "last" };
if (data.isPresentation) Object.assign(KEYS, { PageUp: "back", PageDown: "next" }); // those of a clicker

root.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input, textarea") !== null;
    const isOther = event.altKey || event.ctrlKey || event.metaKey || event.shiftKey;
    if (!(event.key in KEYS) || isTyping || isOther) return;
    event.preventDefault();
    pause();
    moves[KEYS[event.key]]();
});

// Highlighting

/** The rows and parts of the circuit that belong together: those of an element's wire, else of its gate. */
function relatedTo(element) {
    const { wire, gate } = element.dataset;
    const kind = wire === undefined ? "gate" : "wire";
    return [element, ...all(`[data-${kind}="${wire ?? gate}"]`)];
}

function highlight(event) {
    const element = event.target.closest("[data-gate], [data-wire]");
    for (const lit of all(".lit")) lit.classList.remove("lit");
    if (!element) return;
    for (const lit of relatedTo(element)) lit.classList.add("lit");
}

for (const kind of ["pointerover", "focusin"]) root.addEventListener(kind, highlight);
for (const kind of ["pointerleave", "focusout"]) {
    (root.documentElement ?? root).addEventListener(kind, () => all(".lit").forEach((lit) => lit.classList.remove("lit")));
}

/** Goes to the step of a row, gate or wire. */
function choose(element) {
    const { step, since } = element.dataset;
    if (step === undefined && since === undefined) return;
    pause();
    go(Number(step ?? since));
}

/** Gives elements a roving tabindex: one tab stop, with the arrow keys moving between them. */
function makeRoving(elements) {
    const buttons = elements.map(buttonOf);
    elements.forEach((element, place) => {
        const button = buttons[place];
        button.setAttribute("tabindex", place === 0 ? "0" : "-1");
        button.addEventListener("focus", () => {
            for (const other of buttons) other.setAttribute("tabindex", other === button ? "0" : "-1");
        });
        element.addEventListener("click", () => {
            button.focus();
            choose(element);
        });
        element.addEventListener("keydown", (event) => {
            const to = { ArrowUp: buttons[place - 1], ArrowDown: buttons[place + 1] }[event.key];
            if (event.key === "Enter" || event.key === " ") choose(element);
            else if (to) to.focus();
            else return;
            event.preventDefault();
        });
    });
}

/** Adds the invisible part of a gate or a wire that takes the focus. Its name says what the texts show, which need not
    be in it word for word as in a button that contains them. */
function addButton(part, shape) {
    shape.setAttribute("class", "reach");
    shape.setAttribute("role", "button");
    part.append(shape);
}

/** Makes the picture, which is an image without scripts, interactive. */
function enhance() {
    picture.setAttribute("role", "group");
    const title = find("title", picture); // browsers show it as a tooltip
    picture.setAttribute("aria-label", `circuit of ${title.textContent}`);
    title.remove();
    const [width, height] = [picture.width, picture.height].map((length) => length.baseVal.value);
    const fitting = `(100dvh - var(--steps) - 1.5rem) * ${width / height}`;
    picture.style.minWidth = `${width}px`;
    picture.style.maxWidth = `max(${width}px, min(${LARGEST_SCALE * width}px, ${fitting}))`;
    for (const text of all("text", picture)) text.setAttribute("aria-hidden", "true");
    const boxes = new Map([...gates].map(([node, gate]) => [node, gate.getBBox()])); // all of them before anything changes
    for (const [node, gate] of gates) {
        gate.dataset.gate = node;
        const since = find(".gradient", gate)?.dataset.since;
        if (since !== undefined) gate.dataset.since = since;
        const frame = document.createElementNS(picture.namespaceURI, "rect");
        for (const length of ["x", "y", "width", "height"]) frame.setAttribute(length, boxes.get(node)[length]);
        addButton(gate, frame);
    }
    data.wires.forEach(({ end }, place) => {
        const wire = wires[place];
        wire.dataset.wire = place;
        if (stepOf(end) > 0) wire.dataset.step = stepOf(end);
        addButton(wire, find("path", wire).cloneNode());
    });
    makeRoving([...gates.values(), ...wires]);
    for (const body of all("tbody")) makeRoving(all("tr", body));
    document.body.classList.toggle("presentation", data.isPresentation);
    slider.max = WHOLE;
    find(".controls").hidden = false;
    go(data.opens);
}

enhance();
