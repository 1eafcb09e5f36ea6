import { fromTypedArray } from "../tensor/create.js";
import { scope } from "../tensor/tensor.js";
import type { ProcessGroup } from "./process-group.js";

/**
 * Rank 0's text, on every process; to be called by all. It goes over the connections, not through the store: those who wait for it
 * notice at once when rank 0 ends.
 * @param text of rank 0; what the others give is not looked at
 */
export function shareText(group: ProcessGroup, text: string): string {
  return scope(() => {
    const own = new TextEncoder().encode(group.isLeader ? text : "");
    const length = fromTypedArray(Float64Array.of(own.length), [1]);
    group.broadcast(length);
    const bytes = fromTypedArray(group.isLeader ? own : new Uint8Array(length.item()), [length.item()]);
    group.broadcast(bytes);
    return new TextDecoder().decode(bytes.toTypedArray() as Uint8Array);
  });
}
