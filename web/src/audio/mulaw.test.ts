import { expect, test } from 'vitest';
import { decodeSample, encodeSample, SILENCE } from './mulaw.ts';

test('every byte survives decoding and encoding, but for the second zero', () => {
  for (let byte = 0; byte < 256; byte += 1) {
    const again = encodeSample(decodeSample(byte));
    expect(again).toBe(byte === 0x7f ? SILENCE : byte);
  }
});

test('the bytes are those of G.711', () => {
  const linear = [0, 1, -1, 100, -100, 1_000, -1_000, 8_159, 32_635, -32_635];
  const bytes = [0xff, 0xff, 0x7f, 0xf2, 0x72, 0xce, 0x4e, 0x9f, 0x80, 0x00];
  expect(linear.map((value) => encodeSample(value / 32_768))).toEqual(bytes);
});

test('what is too loud is clipped, not wrapped', () => {
  expect(encodeSample(3)).toBe(0x80);
  expect(encodeSample(-3)).toBe(0x00);
});

test('silence is silent', () => {
  expect(decodeSample(SILENCE)).toBe(0);
  expect(Object.is(decodeSample(0x7f), 0)).toBe(true);
});

test('speech loses little: the error stays 35 dB below the signal', () => {
  let error = 0;
  let signal = 0;
  for (let n = 0; n < 8_000; n += 1) {
    const sample = 0.3 * Math.sin((2 * Math.PI * 440 * n) / 8_000);
    error += (decodeSample(encodeSample(sample)) - sample) ** 2;
    signal += sample ** 2;
  }
  expect(10 * Math.log10(signal / error)).toBeGreaterThan(35);
});
