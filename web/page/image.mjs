// Files as one array of bytes: the length of a list as text, the list as JSON with names and lengths, and the contents.

/** How Python starts, in the build and in the page. */
export const SETTINGS = {
    env: { HOME: "/home/pyodide", PYTHONPATH: "/lib/python3.14", PYTHONDONTWRITEBYTECODE: "1", PYTHONOPTIMIZE: "1", LANG: "C.UTF-8" },
    lockFileContents: { info: { abi_version: "2026_0", arch: "wasm32", platform: "emscripten_5_0_3", python: "3.14.2" }, packages: {} },
};
const HEAD = 12;

export function pack(files) {
    const list = new TextEncoder().encode(JSON.stringify([...files].map(([name, bytes]) => [name, bytes.length])));
    const bytes = new Uint8Array(HEAD + list.length + [...files.values()].reduce((sum, each) => sum + each.length, 0));
    bytes.set(new TextEncoder().encode(String(list.length).padStart(HEAD)));
    bytes.set(list, HEAD);
    let place = HEAD + list.length;
    for (const each of files.values()) {
        bytes.set(each, place);
        place += each.length;
    }
    return bytes;
}

/** Writes the files into Pyodide's file system. */
export function unpack(bytes, FS) {
    const text = (from, to) => new TextDecoder().decode(bytes.subarray(from, to));
    let place = HEAD + Number(text(0, HEAD));
    for (const [name, length] of JSON.parse(text(HEAD, place))) {
        FS.mkdirTree(name.slice(0, name.lastIndexOf("/")));
        FS.writeFile(name, bytes.subarray(place, place + length), { canOwn: true });
        place += length;
    }
}
