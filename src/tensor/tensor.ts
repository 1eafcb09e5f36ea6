import { addon } from "./addon.js";
import type { Handle, NumericArray } from "./addon-types.js";
import type { Dtype } from "./dtype.js";

// Fallback for tensors created outside every scope and never released: freed when they are garbage-collected.
const forgotten = new FinalizationRegistry<Handle>((handle) => {
  if (addon().isLive(handle)) addon().release(handle);
});

/**
 * A tensor of LibTorch: a small object around an integer handle. Operators are functions over tensors, in the files of
 * this folder.
 *
 * Memory: created inside a `scope` it is freed when the scope ends, unless the scope returns or keeps it; created
 * outside it is freed by `release()` or, late, by the garbage collector. Later use throws.
 */
export class Tensor {
  readonly handle: Handle;

  /** Internal: wraps a new handle of the addon. */
  constructor(handle: Handle) {
    this.handle = handle;
  }

  /** Sizes of the dimensions; `[]` for a scalar. */
  get shape(): readonly number[] {
    return addon().shape(this.handle);
  }

  /** Number of elements. */
  get size(): number {
    return this.shape.reduce((product, length) => product * length, 1);
  }

  get dtype(): Dtype {
    return addon().dtype(this.handle) as Dtype;
  }

  /** `"cpu"`, `"cuda:0"`, … */
  get device(): string {
    return addon().device(this.handle);
  }

  /** Moves the elements to a device, in place, for all holders of this tensor. */
  moveTo(device: string): void {
    addon().moveTo(this.handle, device);
  }

  /** Whether gradients are accumulated for this leaf, or recorded through this result. */
  get requiresGrad(): boolean {
    return addon().requiresGrad(this.handle);
  }

  set requiresGrad(value: boolean) {
    addon().setRequiresGrad(this.handle, value);
  }

  /** Version counter of in-place writes by operators. Writes through a typed array are not counted. */
  get version(): number {
    return addon().version(this.handle);
  }

  /** The gradient `backward` has accumulated in this leaf, or `null`; shares its memory. */
  get grad(): Tensor | null {
    const handle = addon().grad(this.handle);
    return handle === null ? null : adopt(handle);
  }

  /** Clears the accumulated gradient. */
  clearGrad(): void {
    addon().clearGrad(this.handle);
  }

  /**
   * Adds ∂L/∂leaf to the gradient of every leaf that this result was computed from.
   * @param gradient ∂L/∂this, of this shape; defaults to 1 for a tensor of one element
   */
  backward(gradient?: Tensor): void {
    addon().backward(this.handle, gradient?.handle ?? null);
  }

  /** The value of a tensor of one element; booleans as 0 and 1. Throws for any other number of elements. */
  item(): number {
    return Number(addon().item(this.handle));
  }

  /**
   * The elements in row-major order. The array shares the memory of a contiguous CPU tensor. int64 gives a
   * `BigInt64Array`, bool a `Uint8Array`.
   */
  toTypedArray(): NumericArray {
    return addon().toTypedArray(this.handle);
  }

  /** The elements in row-major order as numbers, copied. Throws for integers past 2^53. */
  toArray(): number[] {
    return Array.from(this.toTypedArray() as ArrayLike<number | bigint>, (value) => {
      if (typeof value === "bigint" && BigInt(Number(value)) !== value) {
        throw new RangeError(`${value} is past 2^53, which a number cannot hold`);
      }
      return Number(value);
    });
  }

  /** Frees the tensor now. Using it afterwards, or releasing it twice, throws. */
  release(): void {
    forgotten.unregister(this);
    addon().release(this.handle);
  }

  /** Whether the tensor has not been freed. */
  get isLive(): boolean {
    return addon().isLive(this.handle);
  }
}

let openScopes = 0;

/** Wraps a new handle. Outside every scope it is registered with the garbage collector. */
export function adopt(handle: Handle): Tensor {
  const tensor = new Tensor(handle);
  if (openScopes === 0) forgotten.register(tensor, handle, tensor);
  return tensor;
}

/** Number of live tensors in this thread. */
export function liveTensors(): number {
  return addon().liveCount();
}

/** A scope's result: tensors anywhere in it stay alive. */
type Kept = Tensor | readonly unknown[] | Record<string, unknown> | ReadonlyMap<unknown, unknown> | unknown;

function collect(value: Kept, into: Map<Handle, Tensor>): void {
  if (value instanceof Tensor) into.set(value.handle, value);
  else if (Array.isArray(value) || value instanceof Set) for (const element of value) collect(element, into);
  else if (value instanceof Map) for (const element of value.values()) collect(element, into);
  else if (isPlainObject(value)) for (const element of Object.values(value)) collect(element, into);
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * Runs `body` and frees every tensor created in it, except those in its result (a tensor, or an array, map or plain
 * object holding some) and those passed to `keep`. Scopes nest; kept tensors belong to the enclosing scope. If `body`
 * throws, everything created in it is freed.
 * @throws TypeError if `body` is asynchronous: tensors of other work would be freed with its own.
 */
export function scope<Result>(body: (keep: <Value>(value: Value) => Value) => Result): Result {
  const depth = addon().scopeEnter();
  openScopes += 1;
  const kept = new Map<Handle, Tensor>();
  let done = false;
  try {
    const result = body((value) => {
      collect(value, kept);
      return value;
    });
    if (result instanceof Promise) {
      // The promise would reject over tensors freed here, after the error that explains it.
      result.catch(() => undefined);
      throw new TypeError("scope: the function must not be asynchronous");
    }
    collect(result, kept);
    done = true;
    return result;
  } finally {
    openScopes -= 1;
    if (!done) kept.clear();
    const alive = [...kept.keys()].filter((handle) => addon().isLive(handle));
    addon().scopeLeave(depth, alive);
    if (openScopes === 0) {
      for (const handle of alive) {
        const tensor = kept.get(handle);
        if (tensor !== undefined) {
          forgotten.unregister(tensor);
          forgotten.register(tensor, handle, tensor);
        }
      }
    }
  }
}
