// Questions to Python in its worker, one after the other. It can be stopped: then it starts anew.

const text = (id) => document.getElementById(id).textContent;

export class Python {
    /** onState is called with "starting", "ready" or "working" at each change. */
    constructor(onState) {
        this.onState = onState;
        this.last = Promise.resolve();
        this.start();
    }

    start() {
        this.onState("starting");
        const address = URL.createObjectURL(new Blob([text("worker-source")], { type: "text/javascript" }));
        this.worker = new Worker(address);
        this.waiting = null;
        this.ready = new Promise((resolve, reject) => {
            this.worker.onmessage = ({ data }) => {
                if (data.started) {
                    URL.revokeObjectURL(address);
                    this.onState("ready");
                    resolve();
                } else if (this.waiting) {
                    this.finish(data);
                } else {
                    reject(new Error(data.failure));
                }
            };
            this.worker.onerror = (event) => reject(new Error(event.message || "the worker did not start"));
        });
        this.ready.catch((error) => this.onState("broken", error.message));
        const image = document.getElementById("image");
        this.worker.postMessage({ image: image.textContent, sizes: JSON.parse(image.dataset.sizes) });
    }

    finish({ reply, failure }) {
        const { resolve, reject } = this.waiting;
        this.waiting = null;
        this.onState("ready");
        if (failure === undefined) {
            resolve(JSON.parse(reply));
        } else { // Python's own memory is not to be trusted any more
            this.stop();
            reject(new Stopped("this is too large for the page; the command line may have room for it"));
        }
    }

    /** The reply to a question, after those to earlier ones. What is asked quietly is not shown as work. */
    ask(question, isQuiet = false) {
        const reply = this.last.then(() => this.send(question, isQuiet));
        this.last = reply.catch(() => {});
        return reply;
    }

    async send(question, isQuiet) {
        await this.ready;
        if (!isQuiet) this.onState("working");
        return new Promise((resolve, reject) => {
            this.waiting = { resolve, reject };
            this.worker.postMessage({ request: JSON.stringify(question) });
        });
    }

    /** Ends what Python does. */
    stop() {
        this.worker.terminate();
        const { waiting } = this;
        this.start();
        waiting?.reject(new Stopped("stopped"));
    }
}

export class Stopped extends Error {}
