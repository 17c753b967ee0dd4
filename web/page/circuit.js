// The circuit with its steps and tables: what `graphdiff draw -o page.html` makes, inside this page.

import { run } from "stepping";

/** Shows the body of a page of graphdiff's in a holder, at a step, by default the last one. In the body all text is
    escaped, and this document's policy would allow no script in it. */
export function showCircuit(holder, { body, data }, step) {
    const made = new DOMParser().parseFromString(body, "text/html");
    const root = document.createElement("div");
    root.className = "stepping";
    for (const each of made.querySelectorAll(".practise, .inputs, .convention")) each.remove();
    root.append(...made.querySelector("main").children);
    holder.replaceChildren(root);
    const last = data.steps.length + 1;
    return run(root, { ...data, opens: step === null || step > last ? last : step });
}

/** Shows a picture without numbers. */
export function showPicture(holder, svg) {
    const picture = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
    const frame = document.createElement("section");
    frame.className = "circuit plain";
    picture.style.maxWidth = `${1.4 * picture.width.baseVal.value}px`;
    frame.append(document.importNode(picture, true));
    holder.replaceChildren(frame);
}
