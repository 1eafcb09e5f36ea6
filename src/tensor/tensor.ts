import { addon, type Handle, type NumericArray } from "./addon.js";
import type { Dtype } from "./dtype.js";

// The net under tensors made outside every scope and never released: the table lets go when the collector does.
const forgotten = new FinalizationRegistry<Handle>((handle) => {
  if (addon().isLive(handle)) addon().release(handle);
});

/**
 * A tensor of LibTorch: a small object around an integer handle. Operators are functions over tensors, in the files of
 * this folder.
 *
 * Memory: made inside a `scope` it is freed when the scope ends, unless the scope returns or keeps it; made outside it
 * is freed by `release()`, or, late, after the garbage collector found it. Use after that throws.
 */
export class Tensor {
  readonly handle: Handle;

  /** For this folder: wraps a handle that the addon has just given out. */
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

  /** Moves the elements to a device, in place: whoever holds this tensor finds it there. */
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

  /** How often operators have written to the elements: the same number, the same elements. Writing through a typed array is not counted. */
  get version(): number {
    return addon().version(this.handle);
  }

  /** The gradient `backward` has accumulated in this leaf, or `null`; shares its memory. */
  get grad(): Tensor | null {
    const handle = addon().grad(this.handle);
    return handle === null ? null : adopt(handle);
  }

  /** Forgets the accumulated gradient. */
  clearGrad(): void {
    addon().clearGrad(this.handle);
  }

  /**
   * Adds ∂this/∂leaf to the gradient of every leaf that this result was computed from.
   * @param gradient ∂L/∂this, of this shape; may be left out for a tensor of one element, whose gradient is then 1.
   */
  backward(gradient?: Tensor): void {
    addon().backward(this.handle, gradient?.handle ?? null);
  }

  /** The value of a tensor of one element; booleans as 0 and 1. Throws for any other number of elements. */
  item(): number {
    return Number(addon().item(this.handle));
  }

  /**
   * The elements in row-major order. Of a contiguous tensor on the CPU the array shares the memory: what changes in one
   * changes in the other. int64 gives a `BigInt64Array`, bool a `Uint8Array`.
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

/** Wraps a new handle. Outside every scope the garbage collector is told of it. */
export function adopt(handle: Handle): Tensor {
  const tensor = new Tensor(handle);
  if (openScopes === 0) forgotten.register(tensor, handle, tensor);
  return tensor;
}

/** How many tensors are alive in this thread. */
export function liveTensors(): number {
  return addon().liveCount();
}

/** What a scope may return: tensors anywhere in it stay alive. */
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
 * Runs `body` and frees every tensor made in it, except those in its result (a tensor, or an array, map or plain object
 * holding some) and those given to `keep`. Scopes nest; what is kept belongs to the scope around. If `body` throws,
 * everything made in it is freed.
 * @throws TypeError when `body` is asynchronous: tensors of other work would be freed with its own.
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
      // Its own failure, over tensors freed here, would come after the error that explains it.
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
