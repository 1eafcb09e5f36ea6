import { Canvas, canvasSide, type Paint } from "./canvas.js";
import type { ImageDataset, ImageSplit } from "./dataset.js";
import type { DatasetDefinition, OpenOptions } from "./definition.js";
import { randomStream, type Xoshiro128 } from "./prng.js";
import { type Shape, shapes } from "./shapes.js";

/** First part of the key of this data set's random streams ("draw"); the second is the seed. */
const drawingDomain = 0x64726177;
const trainStream = 0;
const valStream = 1;

const imageBytes = 3 * canvasSide * canvasSide;

/** Smallest distance between the colours of shape and background: the sum over channels, of 765. */
const minContrast = 240;

/** Seed and size of the synthetic data set. */
export interface SyntheticOptions {
  /** A safe integer; the same seed gives the same bytes on every machine. */
  readonly seed: number;
  /** Training images; default 10,000. */
  readonly trainCount?: number;
  /** Validation images; default 2,000. */
  readonly valCount?: number;
}

/**
 * Generates the built-in data set: one of ten shapes on a 32 × 32 RGB image, at a random place, size, tilt and colour,
 * among lines and speckles, with gradients, texture and noise.
 *
 * Image i of a split shows shape i mod 10 and is drawn from a random stream of its own, keyed by seed, split and i: the
 * classes are balanced, a larger data set starts with the smaller one, and training and validation images are
 * independent. A shape equals its mirror image and stays at least about 1 pixel inside the image. Colours are random,
 * so a linear model of the pixels learns next to nothing; tilts are limited, so a few epochs of a ResNet suffice. Mean
 * and standard deviation are those of seed 0's 10,000 training images.
 *
 * @throws RangeError if the seed or a count is not such an integer
 */
export function makeSynthetic({
  seed,
  trainCount = 10_000,
  valCount = 2_000,
}: SyntheticOptions): ImageDataset<Uint8Array> {
  return {
    kind: "memory",
    name: "synthetic",
    classNames: shapes.map((shape) => shape.name),
    channels: 3,
    height: canvasSide,
    width: canvasSide,
    mean: [0.5036, 0.4997, 0.498],
    std: [0.2883, 0.289, 0.2898],
    cropPadding: 2,
    flip: true,
    train: drawSplit(trainCount, seed, trainStream),
    val: drawSplit(valCount, seed, valStream),
  };
}

export const synthetic = {
  name: "synthetic",
  files: null,
  open: ({ seed, parts }: OpenOptions) =>
    makeSynthetic({
      seed,
      ...(!parts.includes("train") && { trainCount: 0 }),
      ...(!parts.includes("val") && { valCount: 0 }),
    }),
} satisfies DatasetDefinition;

function drawSplit(count: number, seed: number, stream: number): ImageSplit<Uint8Array> {
  if (!Number.isSafeInteger(count) || count < 0) throw new RangeError(`Expected a count of images, found ${count}`);
  const images = new Uint8Array(count * imageBytes);
  const labels = new Int32Array(count);
  const canvas = new Canvas();
  for (let index = 0; index < count; index++) {
    const label = index % shapes.length;
    const shape = shapes[label];
    if (shape === undefined) throw new RangeError(`Expected a shape for label ${label}`);
    const random = randomStream(drawingDomain, seed, stream, index);
    drawSample(canvas, shape, random, images.subarray(index * imageBytes, (index + 1) * imageBytes));
    labels[index] = label;
  }
  return { count, images, labels };
}

function drawSample(canvas: Canvas, shape: Shape, random: Xoshiro128, image: Uint8Array): void {
  const background = drawPaint(30, 30, random);
  let foreground = drawPaint(15, 15, random);
  while (contrast(foreground, background) < minContrast) foreground = drawPaint(15, 15, random);
  canvas.fill(background, random);
  drawDistractors(canvas, 1 + random.below(2), 2 + random.below(4), random);
  drawShape(canvas, shape, foreground, random);
  drawDistractors(canvas, 0, random.below(3), random);
  canvas.develop(random.uniform(5, 25), random, image);
}

/**
 * Draws the shape with a radius of 8 to 14 pixels, tilted by up to 27° and placed at random, at least 1 pixel inside.
 */
function drawShape(canvas: Canvas, shape: Shape, paint: Paint, random: Xoshiro128): void {
  const radius = random.uniform(8, 14);
  const tilt = random.uniform(-0.5, 0.5);
  const cos = 1 / Math.sqrt(1 + tilt * tilt);
  const sin = tilt * cos;
  const centreX = random.uniform(radius + 1, canvasSide - radius - 1);
  const centreY = random.uniform(radius + 1, canvasSide - radius - 1);
  canvas.draw(paint, { centreX, centreY, reachX: radius + 1, reachY: radius + 1 }, (x, y) => {
    const right = (x - centreX) / radius;
    const up = (centreY - y) / radius;
    return radius * shape.distance(cos * right + sin * up, cos * up - sin * right);
  });
}

/** Draws thin lines of 6 to 24 pixels and speckles of up to 3 pixels across, anywhere and in any colour. */
function drawDistractors(canvas: Canvas, lines: number, speckles: number, random: Xoshiro128): void {
  for (let line = 0; line < lines; line++) {
    const halfLength = random.uniform(3, 12);
    drawBar(canvas, halfLength, random.uniform(0.4, 0.8), random);
  }
  for (let speckle = 0; speckle < speckles; speckle++) drawBar(canvas, 0, random.uniform(0.5, 1.5), random);
}

/** Draws the points within `halfWidth` pixels of a segment of `2 · halfLength`. */
function drawBar(canvas: Canvas, halfLength: number, halfWidth: number, random: Xoshiro128): void {
  const [cos, sin] = drawDirection(random);
  const centreX = random.uniform(0, canvasSide);
  const centreY = random.uniform(0, canvasSide);
  const paint = drawPaint(0, 0, random);
  const reachX = Math.abs(cos) * halfLength + halfWidth + 1;
  const reachY = Math.abs(sin) * halfLength + halfWidth + 1;
  canvas.draw(paint, { centreX, centreY, reachX, reachY }, (x, y) => {
    const along = cos * (x - centreX) + sin * (y - centreY);
    const across = cos * (y - centreY) - sin * (x - centreX);
    const past = Math.max(0, Math.abs(along) - halfLength);
    return Math.sqrt(past * past + across * across) - halfWidth;
  });
}

/** A unit vector, uniform over the circle: a point of the disc, made 1 long. */
function drawDirection(random: Xoshiro128): [number, number] {
  for (;;) {
    const x = random.uniform(-1, 1);
    const y = random.uniform(-1, 1);
    const squared = x * x + y * y;
    if (squared > 0.01 && squared < 1) return [x / Math.sqrt(squared), y / Math.sqrt(squared)];
  }
}

/** A paint of any colour, with a slope of up to `steepest` and a grain of up to `roughest` in each channel. */
function drawPaint(steepest: number, roughest: number, random: Xoshiro128): Paint {
  const paint = new Float64Array(12);
  for (let i = 0; i < 3; i++) paint[i] = random.uniform(0, 255);
  for (let i = 3; i < 9; i++) paint[i] = random.uniform(-steepest, steepest);
  for (let i = 9; i < 12; i++) paint[i] = random.uniform(-roughest, roughest);
  return paint;
}

function contrast(a: Paint, b: Paint): number {
  let sum = 0;
  for (let channel = 0; channel < 3; channel++) sum += Math.abs((a[channel] ?? 0) - (b[channel] ?? 0));
  return sum;
}
