const maxLength = 60;

/** A text from a file or a server for an error message: in quotes, cut after 60 characters. */
export function shown(text: string): string {
  return JSON.stringify(shortened(text));
}

/** The same without quotes. */
export function shortened(text: string): string {
  return text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
}
