// The fields of the page ↔ the fragment of its address. Whatever a link holds is only put into fields.

export function fragmentOf({ formula, point, options, pane }) {
    const fields = new URLSearchParams({ formula });
    if (point) fields.set("at", point);
    for (const [name, value] of Object.entries(options)) fields.set(name, value === true ? "1" : value);
    if (pane) fields.set("pane", pane);
    return `#${fields}`;
}

export function readFragment(fragment) {
    const { formula, at: point = "", pane = "", ...options } = Object.fromEntries(new URLSearchParams(fragment.slice(1)));
    return formula === undefined ? null : { formula, point, options, pane };
}
