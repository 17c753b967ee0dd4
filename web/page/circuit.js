// The circuit with its steps and tables: what `graphdiff draw -o page.html` makes, inside this page.

import { run } from "stepping";

/** Shows a page of graphdiff's in a holder, and returns the step that it shows. Its text has no scripts: they are left
    out, and this document's policy would allow none. */
export function showCircuit(holder, html, step) {
    const made = new DOMParser().parseFromString(html, "text/html");
    const data = JSON.parse(made.getElementById("data").textContent);
    const root = document.createElement("div");
    root.className = "stepping";
    for (const each of made.querySelectorAll("script, .practise, .inputs, .convention")) each.remove();
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
    frame.append(document.importNode(picture, true));
    holder.replaceChildren(frame);
}
