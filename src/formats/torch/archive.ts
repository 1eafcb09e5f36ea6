import { found } from "../../text/describe.js";
import { InputError } from "../../text/errors.js";
import { ZipFile } from "../zip-file.js";
import { findModel, namingFile, type TorchModel } from "./model.js";
import { readTorchPickle } from "./pickle.js";

const MAX_PICKLE_BYTES = 64 * 2 ** 20;

/**
 * Opens what `torch.save` of PyTorch ≥ 1.6 writes, a zip file of a pickle and the storages' bytes, runs `body` with the
 * model in it and closes it. Nothing in the file is run.
 *
 * @throws InputError naming the file and what is wrong with it
 */
export function withTorchArchive<Result>(path: string, body: (model: TorchModel) => Result): Result {
  return ZipFile.use(path, (zip) => {
    const root = findRoot(zip, path);
    const pickle = `${root}data.pkl`;
    if ((zip.sizeBytes(pickle) ?? 0) > MAX_PICKLE_BYTES) {
      throw new InputError(
        `${path}: ${pickle}: expected at most ${MAX_PICKLE_BYTES} bytes, found ${zip.sizeBytes(pickle)}`,
      );
    }
    const { value } = namingFile(path, () => readTorchPickle(zip.read(pickle)));
    const record = (key: string) => `${root}data/${key}`;
    const storages = {
      nameOf: record,
      sizeBytes: (key: string) => zip.sizeBytes(record(key)),
      read: (key: string) => zip.read(record(key)).buffer,
    };
    return body(findModel(value, storages, path));
  });
}

/** The folder of the archive, "name/", by its one `data.pkl`. */
function findRoot(zip: ZipFile, path: string): string {
  const names = new Set(zip.names);
  const pickles = [...names].filter((name) => /^[^/]*\/data\.pkl$/.test(name));
  const [pickle = "", second] = pickles;
  if (pickles.length === 0 || second !== undefined) {
    throw new InputError(`${path}: expected a file of torch.save, found a zip file with ${pickles.length} data.pkl`);
  }
  const root = pickle.slice(0, -"data.pkl".length);
  if (names.has(`${root}constants.pkl`)) {
    throw new InputError(
      `${path}: expected a file of torch.save(model.state_dict(), file), found a TorchScript program (torch.jit.save)`,
    );
  }
  const order = names.has(`${root}byteorder`) ? Buffer.from(zip.read(`${root}byteorder`)).toString("latin1") : "little";
  if (order !== "little") throw new InputError(`${path}: byteorder: expected little, found ${found(order)}`);
  return root;
}
