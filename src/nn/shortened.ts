const MAX_LENGTH = 200;

/** A tensor's name or shape for a message, cut after 200 characters: a file may call a tensor anything. */
export function shortened(text: string): string {
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}
