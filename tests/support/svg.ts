import assert from "node:assert/strict";
import { textWidth } from "../../src/plots/text-width.js";

interface TextBox {
  readonly content: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Those of the classes that are not 13 pixels and regular. */
const FONTS: Readonly<Record<string, [size: number, isBold: boolean]>> = {
  title: [18, true],
  "panel-title": [14, true],
  tick: [12, false],
};

const ENTITIES: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&amp;": "&",
  "&quot;": '"',
  "&#39;": "'",
};

/** Checks that every element is closed in its turn, and that no number went wrong. */
export function assertWellFormed(svg: string): void {
  assert.doesNotMatch(svg, /NaN|Infinity|undefined/);
  const open: string[] = [];
  for (const [, slash, name = "", selfClosing] of svg.matchAll(/<(\/?)([a-z]+)[^<>]*?(\/?)>/g)) {
    if (slash === "/") assert.equal(open.pop(), name);
    else if (selfClosing !== "/") open.push(name);
  }
  assert.deepEqual(open, []);
}

/** Checks that all texts lie in the figure, at most `width` pixels to the right, and none on another. */
export function assertTextsApart(svg: string, width: number): void {
  const height = Number(/ height="([^"]*)"/.exec(svg)?.[1]);
  const boxes = textBoxes(svg);
  for (const [index, a] of boxes.entries()) {
    assert.ok(a.left >= 0 && a.right <= width && a.top >= 0 && a.bottom <= height, `${a.content} leaves the figure`);
    for (const b of boxes.slice(0, index)) {
      const isApart = a.left >= b.right || b.left >= a.right || a.top >= b.bottom || b.top >= a.bottom;
      assert.ok(isApart, `"${a.content}" lies on "${b.content}"`);
    }
  }
}

/** The boxes of a figure's texts, by the widest font. */
function textBoxes(svg: string): TextBox[] {
  const pattern = /<text x="([^"]*)" y="([^"]*)" class="([^"]*)" text-anchor="([^"]*)">([^<]*)</g;
  return [...svg.matchAll(pattern)].map(([, x, y, className = "", anchor, escaped = ""]) => {
    const content = escaped.replace(/&[#\w]+;/g, (entity) => ENTITIES[entity] ?? assert.fail(entity));
    const [size, isBold] = FONTS[className] ?? [13, false];
    const width = textWidth(content, size, isBold);
    const left = Number(x) - (anchor === "end" ? width : anchor === "middle" ? width / 2 : 0);
    return { content, left, right: left + width, top: Number(y) - 0.75 * size, bottom: Number(y) + 0.2 * size };
  });
}
