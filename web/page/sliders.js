// Sliders for the inputs whose values stand in the point as numbers; moving one changes the point.

const NUMBER = String.raw`[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?`;
const STEPS = 200;

/** The names and numbers of a point, with their places in it. */
function* entries(point) {
    const pattern = new RegExp(String.raw`(^|,)(\s*(${"`[^`]*`"}|[^\s,=[\]()"]+)\s*=\s*)(${NUMBER})\s*(?=,|$)`, "g");
    for (const match of point.matchAll(pattern)) {
        const start = match.index + match[1].length + match[2].length;
        yield { name: match[3].replaceAll("`", ""), text: match[4], start, end: start + match[4].length };
    }
}

/** Shows a slider for each input; change is called with the new point. */
export class Sliders {
    constructor(holder, change) {
        this.holder = holder;
        this.change = change;
        this.key = null;
        this.moving = null;
    }

    show(point) {
        if (this.moving && point === this.point) return; // what a slider has made, while it moves
        this.moving = null;
        const found = [...entries(point)].slice(0, 12);
        this.point = point;
        const key = found.map(({ name }) => name).join(",");
        this.holder.hidden = found.length === 0;
        if (key === this.key) {
            found.forEach((each, place) => this.place(this.holder.children[place], each));
            return;
        }
        this.key = key;
        this.holder.replaceChildren(...found.map((each) => this.slider(each)));
    }

    slider(entry) {
        const label = document.createElement("label");
        const name = Object.assign(document.createElement("span"), { textContent: entry.name });
        const range = Object.assign(document.createElement("input"), { type: "range" });
        label.append(name, range, document.createElement("output"));
        this.place(label, entry);
        range.addEventListener("input", () => this.move(entry.name, range.value, label));
        range.addEventListener("change", () => {
            this.moving = null;
            this.place(label, [...entries(this.point)].find(({ name: each }) => each === entry.name) ?? entry);
        });
        return label;
    }

    place(label, { text }) {
        const [, range, output] = label.children;
        const value = Number(text);
        const reach = Math.max(1, 2 * 10 ** Math.ceil(Math.log10(Math.abs(value) || 0.5) - 0.3)) / 2;
        const bound = Math.max(reach, Math.abs(value));
        if (!(Math.abs(value) < Number(range.max)) || range.dataset.set === undefined) {
            Object.assign(range, { min: -2 * bound, max: 2 * bound, step: (4 * bound) / STEPS });
            range.dataset.set = "";
        }
        range.value = value;
        output.textContent = text;
    }

    move(name, value, label) {
        this.moving = name;
        const entry = [...entries(this.point)].find((each) => each.name === name);
        if (!entry) return;
        const text = String(Number(Number(value).toPrecision(6)));
        this.point = this.point.slice(0, entry.start) + text + this.point.slice(entry.end);
        label.lastElementChild.textContent = text;
        this.change(this.point);
    }
}
