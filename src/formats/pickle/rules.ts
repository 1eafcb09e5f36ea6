/**
 * What a pickle holds: plain values, lists (tuples too) and dictionaries of `Key`, beside the objects of one kind of
 * file. Python's `bytes` and `bytearray`, and its `str` of version 2, are bytes.
 */
export type PickleItem<Key, Extra> =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | PickleItem<Key, Extra>[]
  | Map<Key, PickleItem<Key, Extra>>
  | Extra;

/**
 * How one kind of file uses pickles. Each function throws InputError when it is given what such files do not hold; an
 * opcode whose function is left out is refused by name.
 */
export interface PickleRules<Key, Extra> {
  /** Maximum number of opcodes, which bounds the stack, the memo and all lists. */
  readonly maxOperations: number;

  /** Whether the pickle must start by naming its protocol, which must be 2 to 5, and nothing may follow its end. */
  readonly isWholeFile: boolean;

  /** Opcodes that are refused, though they could be run. */
  readonly refused?: ReadonlySet<number>;

  /** The function or class of this module and name (GLOBAL, STACK_GLOBAL), recognised and not run. */
  findGlobal(module: PickleItem<Key, Extra> | undefined, name: PickleItem<Key, Extra> | undefined): Extra;

  /**
   * What a recognised function gives for its arguments (REDUCE).
   *
   * @param spendBytes to be called with the size of a copy before it is made; throws when too much has been copied
   */
  call(
    callee: PickleItem<Key, Extra> | undefined,
    args: PickleItem<Key, Extra> | undefined,
    spendBytes: (count: number) => void,
  ): PickleItem<Key, Extra>;

  /** A new object of a recognised class for these arguments (NEWOBJ). */
  makeObject?(
    type: PickleItem<Key, Extra> | undefined,
    args: PickleItem<Key, Extra> | undefined,
  ): PickleItem<Key, Extra>;

  /** Gives an object its state (BUILD). */
  setState(target: PickleItem<Key, Extra>, state: PickleItem<Key, Extra>): void;

  /** What stands outside the pickle under this persistent id (BINPERSID). */
  findPersistent?(id: PickleItem<Key, Extra>): PickleItem<Key, Extra>;

  /** A dictionary's key. */
  asKey(value: PickleItem<Key, Extra> | undefined): Key;

  /** Whether items set in this object, which is not a dictionary, are ignored; by default they are not. */
  ignoresItems?(target: PickleItem<Key, Extra>): boolean;

  /** What stands for an integer of more than 8 bytes; left out, such an integer is an InputError. */
  makeLongInteger?(): Extra;
}
