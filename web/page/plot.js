// The plot of a formula and its derivative over one input.

const SPACE = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT, LEFT, BOTTOM] = [720, 360, 64, 32];
const SERIES = [["value", "f"], ["derivative", "f′"]];

function element(name, attributes, ...children) {
    const made = document.createElementNS(SPACE, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
}

/** Round numbers between two, at most about eight. */
function ticks(low, high) {
    const rough = (high - low) / 6;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
    const places = [];
    for (let tick = Math.ceil(low / step) * step; tick <= high + step / 1e6; tick += step) {
        places.push(Math.abs(tick) < step / 1e6 ? 0 : Number(tick.toPrecision(12)));
    }
    return places;
}

/** The range that shows most of the numbers: poles do not flatten the rest. */
function rangeOf(numbers) {
    const sorted = numbers.filter((each) => each !== null).sort((one, other) => one - other);
    if (sorted.length === 0) return [-1, 1];
    const at = (share) => sorted[Math.round(share * (sorted.length - 1))];
    const middle = at(0.95) - at(0.05);
    const isSpread = at(1) - at(0) <= 6 * middle || middle === 0;
    const [low, high] = isSpread ? [at(0), at(1)] : [at(0.05) - middle / 2, at(0.95) + middle / 2];
    const margin = (high - low || Math.abs(high) || 1) * 0.06;
    return [low - margin, high + margin];
}

export function picture({ x, value, derivative }, name, at) {
    const [low, high] = rangeOf([...value, ...derivative]);
    const across = (number) => LEFT + ((number - x[0]) / (x.at(-1) - x[0])) * (WIDTH - LEFT - 12);
    const down = (number) => 10 + ((high - number) / (high - low)) * (HEIGHT - BOTTOM - 10);
    const svg = element("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "plot", role: "img" });
    const start = value.find((each) => each !== null);
    svg.setAttribute("aria-label", `f and its derivative f′ for ${name} from ${x[0]} to ${x.at(-1)}; f begins at ${start}`);
    for (const tick of ticks(x[0], x.at(-1))) {
        svg.append(element("line", { x1: across(tick), x2: across(tick), y1: 10, y2: HEIGHT - BOTTOM, class: "grid" }));
        svg.append(element("text", { x: across(tick), y: HEIGHT - 10, "text-anchor": "middle" }, String(tick)));
    }
    for (const tick of ticks(low, high)) {
        svg.append(element("line", { x1: LEFT, x2: WIDTH - 12, y1: down(tick), y2: down(tick), class: "grid" }));
        svg.append(element("text", { x: LEFT - 6, y: down(tick) + 4, "text-anchor": "end" }, String(tick)));
    }
    if (at >= x[0] && at <= x.at(-1)) {
        svg.append(element("line", { x1: across(at), x2: across(at), y1: 10, y2: HEIGHT - BOTTOM, class: "here" }));
    }
    SERIES.forEach(([series, label], place) => {
        svg.append(element("path", { d: pathOf(x, series === "value" ? value : derivative, across, down, high - low), class: series }));
        svg.append(element("text", { x: WIDTH - 60 + 24 * place, y: 26, class: `${series} label` }, label));
    });
    return svg;
}

/** The lines between points that are in or near the picture. */
function pathOf(x, numbers, across, down, height) {
    let isOpen = false;
    let last = null;
    return numbers.map((number, place) => {
        const y = number === null ? null : down(number);
        const isShown = y !== null && Math.abs(y) < 4000;
        const isJump = last !== null && number !== null && Math.abs(number - last) > height;
        const command = !isShown ? "" : `${isOpen && !isJump ? "L" : "M"}${across(x[place]).toFixed(1)} ${y.toFixed(1)}`;
        isOpen = isShown;
        last = number;
        return command;
    }).join("");
}
