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

/** The text, or its beginning and an ellipsis, so that it takes at most `widthPx`. */
export function fitted(content: string, widthPx: number, sizePx: number, isBold = false): string {
  const fits = (text: string) => textWidth(text, sizePx, isBold) <= widthPx;
  if (fits(content)) return content;
  const characters = [...content];
  const shortened = (kept: number) => `${characters.slice(0, kept).join("").trimEnd()}…`;
  return shortened(longestPrefix(characters.length, (kept) => fits(shortened(kept))));
}

/**
 * The text in lines of at most `widthPx`, at most `maxLines`; the last ends in an ellipsis if there is more. Lines end after a comma,
 * else at a space, else wherever they are full.
 */
export function wrapped(content: string, widthPx: number, sizePx: number, maxLines: number): string[] {
  const lines: string[] = [];
  for (let rest = content.trim(); rest !== "" || lines.length === 0; ) {
    const isLast = lines.length === maxLines - 1;
    if (isLast || textWidth(rest, sizePx) <= widthPx) {
      lines.push(fitted(rest, widthPx, sizePx));
      break;
    }
    const characters = [...rest];
    const full = Math.max(
      1,
      longestPrefix(characters.length, (kept) => textWidth(characters.slice(0, kept).join(""), sizePx) <= widthPx),
    );
    const line = characters.slice(0, full + 1).join("");
    const comma = line.lastIndexOf(", ") + 1;
    const space = line.lastIndexOf(" ");
    // A break that wastes most of the line is none.
    const end = [comma, space].find((at) => at > line.length / 3);
    const kept = end === undefined ? characters.slice(0, full).join("") : line.slice(0, end);
    lines.push(kept.trimEnd());
    rest = rest.slice(kept.length).trimStart();
  }
  return lines;
}

/** The largest number below `length` for which `fits`, by bisection: a whole file may be given as a title. */
function longestPrefix(length: number, fits: (kept: number) => boolean): number {
  let [least, beyond] = [0, length];
  while (beyond - least > 1) {
    const middle = Math.floor((least + beyond) / 2);
    if (fits(middle)) least = middle;
    else beyond = middle;
  }
  return least;
}
