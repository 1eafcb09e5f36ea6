/** What LibTorch, our allocator, the C++ library and V8 say when there is no more memory. */
const SIGNS =
  /out of memory|can't allocate memory|cannot allocate \d+ bytes|bad_alloc|Array buffer allocation failed|Invalid typed array length/i;

/** Whether an error says that memory ran out, of the machine or of a device. */
export function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && SIGNS.test(error.message);
}
