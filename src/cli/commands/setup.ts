import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Command } from "commander";
import { packageRoot } from "../../system/package-root.js";
import { CommandEnded } from "../command-ended.js";

/** What scripts/setup/native.mjs exports: JavaScript, since a clone is set up before its TypeScript is compiled. */
interface NativeSetup {
  setUpPackage(root: string, options: { readonly mayInstall: boolean }): Promise<number>;
}

const AFTER_HELP = `
LibTorch is looked for in $LIBTORCH, in python3's torch package and in the
system's folders. On Debian and Ubuntu, as root or with a sudo that asks for no
password, apt-get installs what is missing. Run it again after an update of
LibTorch or of this package: it does only what is needed.`;

/** `weight-search setup`: builds the addon in the package's own folder. Loads nothing that needs the addon. */
export function setupCommand(): Command {
  return new Command("setup")
    .option("--no-install", "do not install Debian's packages; say what is missing")
    .addHelpText("after", AFTER_HELP)
    .action(setUp);
}

/** Throws CommandEnded with the set-up's exit code if it failed, which it has reported itself. */
async function setUp({ install }: { readonly install: boolean }): Promise<void> {
  const root = packageRoot();
  const module = pathToFileURL(join(root, "scripts/setup/native.mjs"));
  const { setUpPackage } = (await import(module.href)) as NativeSetup;
  const exitCode = await setUpPackage(root, { mayInstall: install });
  if (exitCode !== 0) throw new CommandEnded(exitCode, "");
}
