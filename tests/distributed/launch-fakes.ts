/** Launches processes as its one argument says, JSON, and ends as they do: a launcher that tests can send signals to. */
import { exitOnOutputErrors } from "../../src/cli/terminal/output-errors.js";
import { type LaunchOptions, launch } from "../../src/distributed/launcher.js";

exitOnOutputErrors();
const { exitCode, error } = await launch({
  environment: process.env,
  outputs: process,
  note: (text) => process.stderr.write(`note: ${text}\n`),
  ...(JSON.parse(process.argv[2] ?? "") as Omit<LaunchOptions, "environment" | "outputs" | "note">),
});
if (error !== null) process.stderr.write(`error: ${error}\n`);
process.exitCode = exitCode;
