/** SVG as text. These functions return markup; external text enters through `text` or an attribute only. */

/** An element's attributes by name; numbers are coordinates. */
export type Attributes = Readonly<Record<string, string | number>>;

/** `<name attribute="value">children</name>`, the attributes' values escaped, the children taken as markup. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const opening = Object.entries(attributes).map(([key, value]) => {
    const text = typeof value === "number" ? coordinate(value) : escapeXml(value);
    return ` ${key}="${text}"`;
  });
  const content = children.join("");
  return content === "" ? `<${name}${opening.join("")}/>` : `<${name}${opening.join("")}>${content}</${name}>`;
}

/** A text element that begins, ends or is centred at (x, y) on its baseline, by `anchor`. */
export function text(
  x: number,
  y: number,
  content: string,
  { className = "", anchor = "start" }: { className?: string; anchor?: "start" | "middle" | "end" } = {},
): string {
  return element("text", { x, y, class: className, "text-anchor": anchor }, escapeXml(content));
}

/** Text for use in markup: characters with a meaning are escaped, those that XML 1.0 forbids become U+FFFD. */
export function escapeXml(content: string): string {
  return content
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** A number with at most two decimals: a hundredth of a pixel is invisible, and files stay small. */
export function coordinate(value: number): string {
  return String(Math.round(value * 100) / 100);
}
