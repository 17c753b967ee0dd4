// Python in a thread of its own, so that the page always answers. It fetches nothing: all files come in one message.

import { decompress } from "fzstd";
import { loadPyodide } from "pyodide/pyodide.mjs";
import createPyodideModule from "pyodide/pyodide.asm.mjs";
import { SETTINGS, unpack } from "./image.mjs";

const PLACE = "https://page.invalid/"; // where Pyodide believes that its files are
const EMPTY_ZIP = new Uint8Array(22);
EMPTY_ZIP.set([0x50, 0x4b, 5, 6]);
let answer = null;

self.onmessage = async ({ data }) => {
    try {
        if (data.image === undefined) {
            self.postMessage({ reply: answer(data.request) });
        } else {
            await start(data);
            self.postMessage({ started: true });
        }
    } catch (error) {
        self.postMessage({ failure: String(error) });
    }
};

function bytesOf(base64) {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

async function start({ image, sizes }) {
    const bytes = decompress(bytesOf(image));
    const [program, memory, files] = sizes.map((size, place) => {
        const start = sizes.slice(0, place).reduce((sum, each) => sum + each, 0);
        return bytes.subarray(start, start + size);
    });
    self.fetch = async (address) => {
        const isProgram = String(address).endsWith(".wasm");
        const type = isProgram ? "application/wasm" : "application/zip";
        return new Response(isProgram ? program : EMPTY_ZIP, { headers: { "Content-Type": type } });
    };
    const python = await loadPyodide({
        ...SETTINGS,
        indexURL: PLACE,
        packageBaseUrl: PLACE,
        stdLibURL: `${PLACE}python_stdlib.zip`,
        fsInit: (FS) => unpack(files, FS),
        createPyodideModule,
        _loadSnapshot: memory.slice(), // Pyodide reads it as words, from a multiple of four
    });
    answer = python.runPython("import page_driver; page_driver.answer");
}
