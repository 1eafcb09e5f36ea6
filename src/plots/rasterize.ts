import sharp from "sharp";
import { InputError } from "../text/errors.js";
import { element, text } from "./svg.js";

/** The resolution at which an SVG's pixel is one pixel. */
const DENSITY = 72;

/**
 * Renders an SVG to a PNG with `scale` pixels per SVG pixel, in the light colour scheme.
 *
 * @param output the output's name, for the error
 * @throws InputError if the system has no font: the figure would have no text
 */
export async function rasterized(svg: string, scale: number, output: string): Promise<Uint8Array> {
  if (!(await hasFont())) {
    throw new InputError(
      `${output}: a PNG needs a font to write with, found none on this system: install one, e.g. apt-get install ` +
        "fonts-dejavu-core, or write an .svg",
    );
  }
  return sharp(Buffer.from(svg), { density: DENSITY * scale })
    .png({ compressionLevel: 9 })
    .toBuffer();
}

/** Without a font every letter is drawn as the same box. */
async function hasFont(): Promise<boolean> {
  const [wide, narrow] = await Promise.all(["MMMM", "iiii"].map(pixels));
  return wide !== undefined && narrow !== undefined && !wide.equals(narrow);
}

function pixels(word: string): Promise<Buffer> {
  const size = { width: 100, height: 30 };
  const style = element("style", {}, "text { font: 16px sans-serif; fill: #000; }");
  const svg = element("svg", { xmlns: "http://www.w3.org/2000/svg", ...size }, style, text(10, 20, word));
  return sharp(Buffer.from(svg)).raw().toBuffer();
}
