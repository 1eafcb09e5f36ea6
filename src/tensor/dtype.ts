/** Element types, by PyTorch's names. */
export type Dtype =
  | "float32"
  | "float64"
  | "float16"
  | "bfloat16"
  | "int64"
  | "int32"
  | "int16"
  | "int8"
  | "uint8"
  | "bool";

/** Whether arithmetic with a whole JavaScript number should stay integer. */
export function isInteger(dtype: Dtype): boolean {
  return dtype === "int64" || dtype === "int32" || dtype === "int16" || dtype === "int8" || dtype === "uint8";
}
