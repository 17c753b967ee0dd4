// Numbers and nested arrays as text, character by character the same as report/numbers.py.

/** The first count digits of |number| and its power of ten; ties round to even, as in Python. */
function roundDigits(number, count) {
    const exact = Math.abs(number).toExponential(100);
    const [mantissa, power] = Math.abs(number).toExponential(count - 1).split("e");
    const kept = exact.replace(".", "").slice(0, count);
    const rest = exact.replace(".", "").split("e")[0].slice(count);
    const isTie = /^50*$/.test(rest) && "02468".includes(kept.at(-1));
    return isTie ? [kept, Number(exact.split("e")[1])] : [mantissa.replace(".", ""), Number(power)];
}

/** Digits with a decimal point, given the power of ten of the first. */
function placePoint(digits, power) {
    if (power < 0) return `0.${"0".repeat(-power - 1)}${digits}`;
    const whole = digits.slice(0, power + 1).padEnd(power + 1, "0");
    const rest = digits.slice(power + 1);
    return rest ? `${whole}.${rest}` : whole;
}

function scientific(digits, power) {
    const exponent = String(Math.abs(power)).padStart(2, "0");
    return `${placePoint(digits, 0)}e${power < 0 ? "-" : "+"}${exponent}`;
}

function trimZeros(digits) {
    return digits.replace(/(.)0+$/, "$1");
}

/** Python's format(number, ".{count}g"); -0 is written 0. */
function general(number, count) {
    if (Number.isNaN(number)) return "nan";
    const sign = number < 0 ? "-" : "";
    if (!Number.isFinite(number)) return `${sign}inf`;
    if (number === 0) return "0";
    const [digits, power] = roundDigits(number, count);
    const isDecimal = power >= -4 && power < count;
    return sign + (isDecimal ? placePoint(trimZeros(digits), power) : scientific(trimZeros(digits), power));
}

/** Two decimals, or two significant digits below 0.1; scientific notation from 1e6 and below 1e-4. */
function brief(number) {
    const size = Math.abs(number);
    if (!Number.isFinite(number)) return general(number, 1);
    const sign = number < 0 ? "-" : "";
    if (size === 0) return "0.00";
    if (size >= 1e6) return sign + scientific(...roundDigits(number, 3));
    if (size < 1e-4) return sign + scientific(...roundDigits(number, 2));
    const decimals = size < 0.1 ? 1 - Math.floor(Math.log10(size)) : 2;
    const [digits, power] = roundDigits(number, Number(size.toExponential(100).split("e")[1]) + 1 + decimals);
    return sign + placePoint(digits.padEnd(power + 1 + decimals, "0"), power);
}

function shapeOf(value) {
    return Array.isArray(value) ? [value.length, ...shapeOf(value[0])] : [];
}

function entriesOf(value) {
    return Array.isArray(value) ? value.flat(Infinity) : [value];
}

function shapeText(shape) {
    return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
}

/** An array row by row, aligned by columns. */
function rowsOf(value, formatEntry) {
    if (!Array.isArray(value)) return formatEntry(value);
    const texts = entriesOf(value).map(formatEntry);
    const count = shapeOf(value).at(-1);
    const widths = Array(data.entriesALine).fill(0);
    const column = (place) => (place % count) % data.entriesALine;
    texts.forEach((text, place) => {
        widths[column(place)] = Math.max(widths[column(place)], text.length);
    });
    const isTable = texts.length > Math.min(count, data.entriesALine);
    let next = 0;
    const aligned = () => {
        const text = texts[next];
        next += 1;
        return isTable ? text.padStart(widths[column(next - 1)]) : text;
    };
    const rows = (part, depth) => {
        const gap = `,\n${" ".repeat(depth + 1)}`;
        if (Array.isArray(part[0])) return `[${part.map((row) => rows(row, depth + 1)).join(gap)}]`;
        const entries = part.map(aligned);
        const lines = [];
        for (let at = 0; at < entries.length; at += data.entriesALine) {
            lines.push(entries.slice(at, at + data.entriesALine).join(", "));
        }
        return `[${lines.join(gap)}]`;
    };
    return rows(value, 0);
}

/** The shape, range and norm of a large array. */
function summaryOf(value, digits) {
    const shape = shapeText(shapeOf(value));
    const entries = entriesOf(value);
    const wrong = entries.filter((entry) => !Number.isFinite(entry)).length;
    if (wrong) return `${shape}, ${wrong} not finite`;
    const least = entries.reduce((one, other) => Math.min(one, other));
    const most = entries.reduce((one, other) => Math.max(one, other));
    const length = Math.sqrt(entries.reduce((sum, entry) => sum + entry ** 2, 0));
    const [low, high, norm] = [least, most, length].map((each) => general(each, Math.min(digits, 3)));
    return low === high ? `${shape}, all ${low}` : `${shape}, ${low} to ${high}, norm ${norm}`;
}

function oneLine(text) {
    return text.replace(/\s+/g, " ").replace(/\[ +/g, "[");
}
