// Every format that graphdiff writes, as a file.

export const EXPORTS = [
    ["eval", "json", "numbers, JSON"], ["eval", "csv", "numbers, CSV"], ["eval", "markdown", "tables, Markdown"],
    ["eval", "html", "tables, HTML"], ["eval", "latex", "tables, LaTeX"],
    ["draw", "html", "page to step through"], ["draw", "svg", "circuit, SVG"], ["draw", "png", "circuit, PNG"],
    ["draw", "dot", "circuit, DOT"], ["draw", "mmd", "circuit, Mermaid"], ["draw", "tex", "circuit, TikZ"],
    ["draw", "txt", "circuit, text"],
    ["explain", "markdown", "explanation, Markdown"], ["explain", "html", "explanation, HTML"],
    ["explain", "latex", "explanation, LaTeX"], ["explain", "json", "explanation, JSON"],
    ["diff", "latex", "derivatives, LaTeX"], ["diff", "json", "derivatives, JSON"],
    ["check", "json", "check, JSON"], ["check", "csv", "check, CSV"],
    ["worksheet", "html", "worksheet, HTML"], ["worksheet", "md", "worksheet, Markdown"],
    ["worksheet", "tex", "worksheet, LaTeX"], ["worksheet", "xml", "worksheet, Moodle"],
];
const SUFFIXES = { markdown: "md", latex: "tex" };

export function save(name, text, type = "text/plain") {
    const blob = text instanceof Blob ? text : new Blob([text], { type });
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export function fileName(command, form) {
    return `${{ draw: "circuit", eval: "trace" }[command] ?? command}.${SUFFIXES[form] ?? form}`;
}

/** The options that choose a format: files go to standard output. */
export function formOptions(command, form) {
    if (command === "draw") return ["--format", form === "png" ? "svg" : form, "-o", "-"];
    return command === "worksheet" ? ["--format", form, "-o", "-"] : ["--format", form];
}

/** A picture as PNG, twice as large. */
export async function png(svg) {
    const address = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
    const image = new Image();
    await new Promise((resolve, reject) => Object.assign(image, { onload: resolve, onerror: reject, src: address }));
    const canvas = Object.assign(document.createElement("canvas"), { width: 2 * image.width, height: 2 * image.height });
    const context = canvas.getContext("2d");
    context.fillStyle = "#ffffff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    URL.revokeObjectURL(address);
    return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}
