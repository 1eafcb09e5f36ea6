import { fromTypedArray } from "../tensor/create.js";
import { scope } from "../tensor/tensor.js";
import type { Group } from "./group.js";

/**
 * Broadcasts rank 0's text to every rank. Collective. It is sent over the connections, not through the store, so that
 * waiting ranks notice at once when rank 0 ends.
 * @param text rank 0's; that of other ranks is ignored
 */
export function shareText(group: Group, text: string): string {
  return scope(() => {
    const own = new TextEncoder().encode(group.isLeader ? text : "");
    const length = fromTypedArray(Float64Array.of(own.length), [1]);
    group.broadcast(length);
    const bytes = fromTypedArray(group.isLeader ? own : new Uint8Array(length.item()), [length.item()]);
    group.broadcast(bytes);
    return new TextDecoder().decode(bytes.toTypedArray() as Uint8Array);
  });
}
