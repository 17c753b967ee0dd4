// The fields of the page → command lines of graphdiff.

const VALUES = ["language", "wrt", "upstream", "precision"];
const SWITCHES = ["fuse", "expand", "collapse", "allow-nonfinite"];
export const OPTIONS = [...VALUES, ...SWITCHES];

/** The options that each command has, beside --language, --wrt, --fuse and --expand. */
const OWN = {
    eval: ["upstream", "precision", "collapse", "allow-nonfinite"],
    explain: ["upstream", "precision", "collapse", "allow-nonfinite"],
    draw: ["upstream", "collapse", "allow-nonfinite"],
    check: ["upstream", "precision"],
    grade: ["upstream"],
    diff: ["precision", "allow-nonfinite"],
    compile: [],
    worksheet: [],
};

/** The words of a command on the formula, with more options of its own; the point is left out where withPoint is false. */
export function wordsOf(command, { formula, point, options }, more = [], withPoint = true) {
    const words = [command];
    if (withPoint && point.trim()) words.push(`--at=${point}`);
    for (const name of ["language", "wrt", "fuse", "expand", ...OWN[command]]) {
        const value = options[name];
        if (!value || more.includes(`--${name}`)) continue;
        words.push(SWITCHES.includes(name) ? `--${name}` : `--${name}=${value}`);
    }
    return [...words, ...more, "--", formula];
}

/** The command line for a shell, as a person types it. */
export function shellLine(words) {
    const place = words.indexOf("--");
    const formula = words[place + 1];
    const shown = words.slice(0, place).flatMap((word) => word.match(/^(--at)=([^]*)$/)?.slice(1) ?? [word]);
    return ["graphdiff", shown[0], quoted(formula, true), ...shown.slice(1).map((word) => quoted(word))].join(" ");
}

function quoted(word, always = false) {
    if (!always && /^[\w@%+=:,./-]+$/.test(word)) return word;
    return /["$`\\!]/.test(word) ? `'${word.replaceAll("'", `'\\''`)}'` : `"${word}"`;
}
