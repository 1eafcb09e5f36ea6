// npm run examples -- DATA: runs the original README's examples, shortened, on real data. DATA holds cifar-10-batches-bin/
// and tiny-imagenet20/.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { weightSearch } from "../support/command.js";
import { originalExamples, shortened } from "./examples.js";

const [data] = process.argv.slice(2);
if (data === undefined) {
  console.error("usage: npm run examples -- DATA (a folder with cifar-10-batches-bin/ and tiny-imagenet20/)");
  process.exit(2);
}
const results = mkdtempSync(join(tmpdir(), "weight-search-examples-"));
const failed = originalExamples({ cifar10: data, imagenet: join(data, "tiny-imagenet20") }).filter((example) => {
  const args = shortened(example.args, results);
  const { code, stdout, stderr } = weightSearch(args, { ...example.environment, cwd: tmpdir() });
  console.log(`\n${example.title}\n$ weight-search ${args.join(" ")}\n${stdout}${stderr}exit code ${code}`);
  return code !== 0;
});
console.log(failed.length === 0 ? "\nall examples exit with 0" : `\n${failed.length} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;
