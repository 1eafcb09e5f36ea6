/**
 * Breaks a text between words so that no line is longer than `width` characters, unless one word is; lines after the
 * first are indented by two spaces.
 */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line.trim() === "" || longer.length <= width) line = longer;
    else {
      lines.push(line.trimEnd());
      line = `  ${word}`;
    }
  }
  return [...lines, line.trimEnd()];
}
