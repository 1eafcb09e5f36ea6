import { checkAgreement } from "../distributed/agreement.js";
import type { Group } from "../distributed/group.js";
import { shareText } from "../distributed/share-text.js";
import type { ActivationPolicy } from "../models/activation-policy.js";
import { checkImageSize, networkFamily } from "../models/registry.js";
import { type ModelFile, readModelFile } from "../nn/files/read-model.js";
import { loadWhole } from "../nn/load-whole.js";
import type { Module } from "../nn/module.js";
import { modelFileOf, runConfigOf } from "../run/model-file.js";
import type { RunSettings } from "../run/settings.js";
import { sha256Of } from "../system/sha256.js";
import type { UserFile } from "../system/user-module.js";
import { InputError } from "../text/errors.js";
import { jsonText } from "../text/json.js";
import { shareNetwork } from "./checkpoint.js";
import { loadNetwork } from "./load-network.js";
import { activationsOf } from "./model-activations.js";
import type { OpenRun } from "./open-run.js";
import type { Session } from "./session.js";

/** A network that a run learns from, on the run's device. */
export interface Teacher {
  readonly network: Module;
  /** Of the file that it was read from. */
  readonly sha256: string;
}

/** What every rank needs to know of the teacher to build its network. */
interface TeacherKind {
  readonly arch: string;
  /** The file that defines the network; `null` for one that is built in. */
  readonly networkFile: UserFile | null;
  readonly activations: ActivationPolicy | null;
  readonly sha256: string;
}

/**
 * Loads the teacher of a run, of a searched one its hard weights, on rank 0, and sends it to the others. Collective. `null` without one.
 * @param resumed the run that is resumed, which must have begun with the same model
 * @throws InputError for a model that is not there, is another than the run began with, or does not fit the data's images and classes
 */
export async function loadTeacher(
  settings: RunSettings,
  session: Session,
  group: Group,
  resumed: OpenRun | null,
): Promise<Teacher | null> {
  const { teacher: path } = settings;
  checkAgreement(group, "teacher", () => ({ teacher: path !== null }));
  if (path === null) return null;
  const file = group.isLeader ? await readTeacher(path, settings.teacherArch, resumed) : null;
  const kind = JSON.parse(shareText(group, file === null ? "" : jsonText(file.kind))) as TeacherKind;
  const network = await buildTeacher(kind, session);
  if (file !== null) {
    const { channels, height, width } = session.sources.train;
    naming(() => loadWhole(network, file.model, [channels, height, width]));
  }
  network.moveTo(session.device);
  shareNetwork(group, network);
  return { network, sha256: kind.sha256 };
}

async function readTeacher(
  path: string,
  givenArch: string | null,
  resumed: OpenRun | null,
): Promise<{ readonly model: ModelFile; readonly kind: TeacherKind }> {
  const config = naming(() => runConfigOf(path));
  const model = naming(() => readModelFile(modelFileOf(path, "model")));
  const sha256 = await sha256Of(model.path);
  const expected = resumed?.teacherSha256;
  if (expected !== undefined && sha256 !== expected) {
    throw new InputError(
      `\`teacher\`: ${model.path}: expected the model that ${resumed?.directory} began with, SHA-256 ${expected.slice(0, 12)}…, ` +
        `found ${sha256.slice(0, 12)}…`,
    );
  }
  const arch = givenArch ?? config?.arch ?? model.metadata["arch"];
  if (arch === undefined) {
    throw new InputError(
      `\`teacher\`: ${model.path}: expected \`teacherArch\` with a file that does not say which network it is`,
    );
  }
  const networkFile = givenArch === null ? (config?.networkFile ?? null) : null;
  // A model's own metadata name no file: to learn from it runs no code of others.
  if (givenArch === null && networkFile === null) naming(() => networkFamily(arch));
  return { model, kind: { arch, networkFile, activations: activationsOf({}, config, model), sha256 } };
}

async function buildTeacher(
  { arch: name, networkFile, activations }: TeacherKind,
  { dataset, sources: { train } }: Session,
): Promise<Module> {
  const { arch, family } = await namingAsync(() => loadNetwork(networkFile?.path ?? name));
  return naming(() => {
    checkImageSize(family, arch, train.height, train.width);
    const imageSize = [train.height, train.width] as const;
    const { channels } = train;
    return family.build({ numClasses: dataset.classNames.length, channels, imageSize, search: null, activations });
  });
}

/** Says of an error that it is the teacher's. */
function naming<Value>(body: () => Value): Value {
  try {
    return body();
  } catch (error) {
    throw named(error);
  }
}

async function namingAsync<Value>(body: () => Promise<Value>): Promise<Value> {
  try {
    return await body();
  } catch (error) {
    throw named(error);
  }
}

function named(error: unknown): unknown {
  if (!(error instanceof InputError)) return error;
  return new InputError(`\`teacher\`: ${error.message.replace(/^`network`: /, "")}`, { cause: error });
}
