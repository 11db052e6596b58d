import { expect, test } from 'vitest';
import { Downlink } from './downlink.ts';
import { encodeSample } from './mulaw.ts';
import { Playout } from './playout.ts';

function line(rate: number): { playout: Playout; levels: number[]; downlink: Downlink } {
  const levels: number[] = [];
  const playout = new Playout({ onMark: () => undefined, onSpeaking: () => undefined });
  const downlink = new Downlink(rate, playout, (level) => levels.push(level));
  return { playout, levels, downlink };
}

test.each([44_100, 48_000])('a second of voice lasts a second at %i Hz', (rate) => {
  const { playout, downlink } = line(rate);
  playout.add(Uint8Array.from({ length: 8_000 }, (_, n) => encodeSample(0.4 * Math.sin(n))));
  const out = new Float32Array(rate);
  for (let n = 0; n + 128 <= out.length; n += 128) downlink.fill(out.subarray(n, n + 128));
  expect(playout.waitingMs).toBeLessThan(5);
});

test('the meter follows the voice and falls with it', () => {
  const { playout, levels, downlink } = line(48_000);
  const block = new Float32Array(128);
  playout.add(Uint8Array.from({ length: 4_000 }, (_, n) => encodeSample(0.4 * Math.sin(n))));
  for (let n = 0; n < 375; n += 1) downlink.fill(block);
  expect(levels[3]).toBeGreaterThan(0.7);
  expect(levels.at(-1)).toBe(0);
});
