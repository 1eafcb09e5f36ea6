import { hasErrorCode } from "../tensor/addon-error.js";

/** Whether an error says that memory ran out, of the machine or of a device. */
export function isOutOfMemory(error: unknown): boolean {
  return hasErrorCode(error, "ERR_OUT_OF_MEMORY") || isOutOfMemoryOfV8(error);
}

/** V8's error is recognizable by its message only. */
function isOutOfMemoryOfV8(error: unknown): boolean {
  return error instanceof Error && /Array buffer allocation failed|Invalid typed array length/.test(error.message);
}
