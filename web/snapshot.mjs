// Makes the memory of a Python that has imported graphdiff, and the files that it may still import.
// node snapshot.mjs SOURCES RESULTS: SOURCES/stdlib and SOURCES/site are trees of Python files; RESULTS/snapshot.bin and
// RESULTS/files.bin are written.

import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { loadPyodide } from "pyodide";
import { pack, unpack, SETTINGS } from "./page/image.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const [sources, results] = process.argv.slice(2);
const pyodideFolder = path.join(here, "node_modules", "pyodide");

const LIST_OF_MODULES = `
import json, sys
json.dumps([getattr(each, "__file__", None) or "" for each in sys.modules.values()])
`;

/** Compiles trees of Python files without docstrings, and copies what is beside them. */
async function compile() {
    const python = await loadPyodide({ indexURL: pyodideFolder });
    python.FS.mkdir("/sources");
    python.mountNodeFS("/sources", sources);
    python.globals.set("script", fs.readFileSync(path.join(here, "python", "compile_tree.py"), "utf-8"));
    python.runPython("exec(script)");
}

function* filesOf(folder, prefix = "") {
    for (const entry of fs.readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
        const name = `${prefix}/${entry.name}`;
        if (entry.isDirectory()) yield* filesOf(path.join(folder, entry.name), name);
        else yield [name, new Uint8Array(fs.readFileSync(path.join(folder, entry.name)))];
    }
}

async function snapshot(files) {
    const empty = path.join(results, "empty.zip");
    fs.writeFileSync(empty, Buffer.from("504b0506" + "00".repeat(18), "hex"));
    const python = await loadPyodide({
        ...SETTINGS,
        _makeSnapshot: true,
        indexURL: pyodideFolder,
        stdLibURL: empty,
        fsInit: (FS) => unpack(files, FS),
    });
    python.runPython("import warm_up");
    const imported = JSON.parse(python.runPython(LIST_OF_MODULES));
    return [python.makeMemorySnapshot(), new Set(imported)];
}

async function main() {
    await compile();
    const files = new Map(filesOf(path.join(sources, "compiled")));
    const [memory, imported] = await snapshot(pack(files));
    const others = new Map([...files].filter(([name]) => !imported.has(name) || name.endsWith(".py"))); // some are read as text
    fs.writeFileSync(path.join(results, "snapshot.bin"), memory);
    fs.writeFileSync(path.join(results, "files.bin"), pack(others));
    console.log(`${imported.size} modules in memory, ${others.size} files`);
}

main().catch((error) => { // Node would print the line of the script, which is a megabyte long
    console.error(error.message);
    process.exitCode = 1;
});
