/** PURE. G.711 mu-law: one byte a sample, as telephone carriers send speech. */

/** The byte of a silent sample; also what fills a frame that has nothing to say. */
export const SILENCE = 0xff;

/** The telephone's sampling rate; one mu-law byte a sample. */
export const LINE_RATE = 8_000;

/** A frame is 20 ms: what carriers send in one message. */
export const FRAME_BYTES = 160;

const BIAS = 0x84;
const CLIP = 32_635;

/** The byte for a sample in -1..1; anything beyond is clipped. */
export function encodeSample(sample: number): number {
  const linear = Math.round(sample * 32_768);
  const sign = linear < 0 ? 0x80 : 0;
  const biased = Math.min(Math.abs(linear), CLIP) + BIAS;
  const exponent = 24 - Math.clz32(biased);
  const mantissa = (biased >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

function decode(byte: number): number {
  const bits = ~byte & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + BIAS) << ((bits & 0x70) >> 4)) - BIAS;
  return (bits & 0x80 ? -magnitude : magnitude) / 32_768 + 0;
}

const DECODED = Float32Array.from({ length: 256 }, (_, byte) => decode(byte));

/** The sample, in -1..1, that a byte stands for. */
export function decodeSample(byte: number): number {
  return DECODED[byte & 0xff] ?? 0;
}
