// The fields of the page ↔ the fragment of its address. Whatever a link holds is only put into fields.

import { OPTIONS } from "./words.js";

export function fragmentOf({ formula, point, options, pane }) {
    const fields = new URLSearchParams({ formula });
    if (point) fields.set("at", point);
    for (const name of OPTIONS) if (options[name]) fields.set(name, options[name] === true ? "1" : options[name]);
    if (pane) fields.set("pane", pane);
    return `#${fields}`;
}

export function readFragment(fragment) {
    const fields = new URLSearchParams(fragment.slice(1));
    if (!fields.has("formula")) return null;
    const options = Object.fromEntries(OPTIONS.filter((name) => fields.get(name)).map((name) => [name, fields.get(name)]));
    return { formula: fields.get("formula"), point: fields.get("at") ?? "", options, pane: fields.get("pane") ?? "" };
}
