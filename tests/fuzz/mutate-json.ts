import type { Draw } from "./draw.js";
import { NUMBER_TEXTS, TEXTS } from "./hostile-values.js";
import { type Mutator, mutateBytes } from "./mutate-bytes.js";

/** A JSON value as it is written, so that it can hold a key twice and what is no JSON. */
type Node =
  | { readonly kind: "object"; readonly entries: [key: string, value: Node][] }
  | { readonly kind: "list"; readonly items: Node[] }
  | { readonly kind: "scalar"; text: string };

const MAX_REPEATS = 20_000;
const MAX_DEPTH = 50_000;

/** One change to a JSON text that keeps it JSON, mostly: a value, a key, an entry, the order, the depth. */
export const mutateJson: Mutator = (input, draw, other) => {
  if (draw.chance(0.1)) return mutateBytes(input, draw, other);
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(input).toString("utf8"));
  } catch {
    return mutateBytes(input, draw, other);
  }
  // Values nested so deep would overflow the stack here.
  if (Buffer.from(input).includes("[[[[[[[[[[[[[[[[") || Buffer.from(input).includes('{"":{"":{"":{"":{"":'))
    return mutateBytes(input, draw, other);
  return Buffer.from(mutateJsonText(value, draw));
};

/** The JSON text of `value` after one change. */
export function mutateJsonText(value: unknown, draw: Draw): string {
  const root: Node = { kind: "list", items: [toNode(value)] };
  change(root, draw);
  return root.items.map(toText).join(draw.chance(0.5) ? "," : "");
}

function toNode(value: unknown): Node {
  if (Array.isArray(value)) return { kind: "list", items: value.map(toNode) };
  if (typeof value === "object" && value !== null) {
    return { kind: "object", entries: Object.entries(value).map(([key, item]) => [key, toNode(item)]) };
  }
  return { kind: "scalar", text: JSON.stringify(value) };
}

function toText(node: Node): string {
  switch (node.kind) {
    case "scalar":
      return node.text;
    case "list":
      return `[${node.items.map(toText).join(",")}]`;
    case "object":
      return `{${node.entries.map(([key, value]) => `${JSON.stringify(key)}:${toText(value)}`).join(",")}}`;
  }
}

/** Walks down to a container and changes one of its parts. */
function change(root: Node & { kind: "list" }, draw: Draw): void {
  let node: Exclude<Node, { kind: "scalar" }> = root;
  for (;;) {
    const parts: Node[] = node.kind === "list" ? node.items : node.entries.map(([, value]) => value);
    const containers = parts.filter((part) => part.kind !== "scalar");
    if (containers.length === 0 || (node !== root && draw.chance(0.4))) break;
    node = draw.pick(containers) as typeof node;
  }
  if (node.kind === "list") changeList(node.items, draw);
  else changeObject(node.entries, draw);
}

function changeList(items: Node[], draw: Draw): void {
  const at = draw.below(items.length + 1);
  const item = items[at];
  switch (draw.below(6)) {
    case 0:
      items.splice(at, 1);
      break;
    case 1:
      items.splice(at, 0, anyValue(draw));
      break;
    case 2:
      if (item !== undefined) items.push(...Array.from({ length: repeats(item, draw) }, () => item));
      break;
    case 3:
      items.reverse();
      break;
    default:
      if (item !== undefined) items[at] = changed(item, draw);
  }
}

function changeObject(entries: [string, Node][], draw: Draw): void {
  const at = draw.below(Math.max(1, entries.length));
  const entry = entries[at];
  if (entry === undefined || draw.chance(0.1)) {
    entries.splice(at, 0, [draw.pick(TEXTS), anyValue(draw)]);
    return;
  }
  switch (draw.below(8)) {
    case 0:
      entries.splice(at, 1);
      break;
    case 1:
      entries.push([entry[0], draw.chance(0.5) ? entry[1] : anyValue(draw)]);
      break;
    case 2:
      entry[0] = draw.chance(0.5) ? draw.pick(TEXTS) : misspelt(entry[0], draw);
      break;
    case 3: {
      const other = draw.pick(entries);
      [entry[1], other[1]] = [other[1], entry[1]];
      break;
    }
    case 4: {
      const times = repeats(entry[1], draw);
      for (let copy = 0; copy < times; copy++) entries.push([`${entry[0]}${copy}`, entry[1]]);
      break;
    }
    default:
      entry[1] = changed(entry[1], draw);
  }
}

/** Many of a small value, few of a large one. */
function repeats(node: Node, draw: Draw): number {
  return draw.length(Math.max(1, Math.floor((draw.chance(0.1) ? MAX_REPEATS : 300) / toText(node).length)));
}

function changed(node: Node, draw: Draw): Node {
  if (node.kind === "scalar" && draw.chance(0.4)) {
    const value: unknown = JSON.parse(isJson(node.text) ? node.text : "0");
    if (typeof value === "number") return { kind: "scalar", text: String(nearNumber(value, draw)) };
    if (typeof value === "string") return { kind: "scalar", text: JSON.stringify(misspelt(value, draw)) };
  }
  if (draw.chance(0.1)) return { kind: "list", items: [node] };
  return anyValue(draw);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function nearNumber(value: number, draw: Draw): number {
  return draw.pick([value + 1, value - 1, -value, value * 2, value / 3, value * 1e6, value + 0.5, Math.trunc(value)]);
}

function misspelt(text: string, draw: Draw): string {
  const at = draw.below(text.length + 1);
  if (draw.chance(0.2)) return text.repeat(draw.length(1000));
  return text.slice(0, at) + draw.pick(["", "x", "_", "é", "\n", "\u0000", "."]) + text.slice(at + draw.below(2));
}

function anyValue(draw: Draw): Node {
  return { kind: "scalar", text: anyValueText(draw) };
}

function anyValueText(draw: Draw): string {
  switch (draw.below(8)) {
    case 0:
    case 1:
    case 2:
      return draw.pick(NUMBER_TEXTS);
    case 3:
      return JSON.stringify(draw.pick(TEXTS));
    case 4:
      return draw.pick(["null", "true", "false", "{}", "[]", "[null]", '{"a":1}', "[1,2]", '"1"', "undefined", "'a'"]);
    case 5: {
      const depth = draw.chance(0.1) ? draw.length(MAX_DEPTH) : draw.length(200);
      return draw.chance(0.5) ? "[".repeat(depth) + "]".repeat(depth) : `${'{"":'.repeat(depth)}0${"}".repeat(depth)}`;
    }
    case 6:
      return JSON.stringify("x".repeat(draw.length(draw.chance(0.1) ? 100_000 : 500)));
    default:
      return draw.pick([
        '"\\ud800"',
        '"\\u0000"',
        '"\\x41"',
        '"tab\tin"',
        '"open',
        "1 2",
        "/* */1",
        "1//",
        "[1,]",
        "{,}",
      ]);
  }
}
