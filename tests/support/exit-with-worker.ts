// Ends its process, by the way named in argv, while a worker thread trains.
import { Worker } from "node:worker_threads";
import { ones } from "../../src/tensor/create.js";

ones([1]);
const worker = new Worker(new URL("./train-linear.js", import.meta.url), { workerData: { endless: true } });
let messages = 0;
worker.on("message", () => {
  messages += 1;
  if (messages !== 5) return;
  if (process.argv[2] === "exit") process.exit(0);
  if (process.argv[2] === "terminate") void worker.terminate();
  if (process.argv[2] === "throw") throw new Error("on purpose");
});
