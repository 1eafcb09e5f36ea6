import assert from "node:assert/strict";
import { InputError } from "../../src/text/errors.js";

/**
 * For `assert.throws` and `assert.rejects`: checks that an error is an InputError of one line which starts so, as with the
 * file that is wrong, and says this.
 */
export function inputError(start: string, message: RegExp | string = /./): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof InputError, error instanceof Error ? error.stack : String(error));
    assert.ok(error.message.startsWith(start), error.message);
    assert.doesNotMatch(error.message, /\n/);
    if (typeof message === "string") assert.equal(error.message, message);
    else assert.match(error.message, message);
    return true;
  };
}
