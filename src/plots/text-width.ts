/**
 * Upper bound of a text's width without a font: advance widths of DejaVu Sans, which is wider than other common
 * sans-serif fonts, in hundredths of the font size.
 */
const WIDTHS: readonly [characters: string, hundredths: number][] = [
  ["ijlI", 33],
  [" .,:;'|/\\-f‘’", 40],
  ["t!()[]", 43],
  ['rsJ"*', 53],
  ["cvxyzkLFaeo?_–°", 63],
  ["bdghnpquSETYPBAVXKZCR0123456789{}$", 70],
  ["NHDGUOQ±=+<>~^×−≥≤#", 84],
  ["wmMW%&@—…", 100],
];
const BOLD = 1.13;

const widthOf = new Map(WIDTHS.flatMap(([characters, width]) => [...characters].map((each) => [each, width / 100])));

/** Other letters are assumed to be as wide as M, East Asian ones and emoji wider. */
function characterWidth(character: string): number {
  return widthOf.get(character) ?? ((character.codePointAt(0) ?? 0) < 0x2e80 ? 1 : 1.3);
}

/** Maximum width in pixels of a text at that font size. */
export function textWidth(content: string, sizePx: number, isBold = false): number {
  const em = [...content].reduce((sum, character) => sum + characterWidth(character), 0);
  return em * sizePx * (isBold ? BOLD : 1);
}

/** The text, or its beginning and end around an ellipsis, so that it takes at most `widthPx`. */
export function fitted(content: string, widthPx: number, sizePx: number, isBold = false): string {
  const characters = [...content];
  const fits = (text: string) => textWidth(text, sizePx, isBold) <= widthPx;
  if (fits(content)) return content;
  const shortened = (kept: number) => {
    const end = Math.floor(kept / 2);
    return `${characters.slice(0, kept - end).join("")}…${characters.slice(characters.length - end).join("")}`;
  };
  // Width grows with every character, so search by bisection: a whole file may be given as a title.
  let [least, beyond] = [0, characters.length];
  while (beyond - least > 1) {
    const middle = Math.floor((least + beyond) / 2);
    if (fits(shortened(middle))) least = middle;
    else beyond = middle;
  }
  return least > 1 ? shortened(least) : "…";
}
