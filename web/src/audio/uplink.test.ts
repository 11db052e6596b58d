import { expect, test } from 'vitest';
import { decodeSample, FRAME_BYTES } from './mulaw.ts';
import { Uplink } from './uplink.ts';

function tone(hz: number, rate: number, seconds: number): Float32Array {
  return Float32Array.from(
    { length: rate * seconds },
    (_, n) => 0.5 * Math.sin((2 * Math.PI * hz * n) / rate),
  );
}

interface Sent {
  frames: Uint8Array[];
  levels: number[];
  uplink: Uplink;
}

function listen(rate = 48_000): Sent {
  const sent: Sent = {
    frames: [],
    levels: [],
    uplink: new Uplink(rate, (frame, level) => {
      sent.frames.push(frame);
      sent.levels.push(level);
    }),
  };
  return sent;
}

/** As an audio thread does: 128 samples at a time. */
function speak(uplink: Uplink, samples: Float32Array): void {
  for (let n = 0; n < samples.length; n += 128) uplink.process(samples.subarray(n, n + 128));
}

test.each([44_100, 48_000])('a second at %i Hz is fifty frames of 160 bytes', (rate) => {
  const { frames, uplink } = listen(rate);
  speak(uplink, tone(440, rate, 1));
  expect(frames.map((frame) => frame.length)).toEqual(Array(50).fill(FRAME_BYTES));
});

test('the voice is in the frames', () => {
  const { frames, levels, uplink } = listen();
  speak(uplink, tone(440, 48_000, 1));
  const loudest = Math.max(...Array.from(frames[25] ?? [], decodeSample));
  expect(loudest).toBeCloseTo(0.5, 1);
  expect(levels[25]).toBeGreaterThan(0.8);
});

test('a muted caller sends silence, frame after frame, and still sees that the microphone works', () => {
  const { frames, levels, uplink } = listen();
  uplink.muted = true;
  speak(uplink, tone(440, 48_000, 1));
  expect(frames).toHaveLength(50);
  expect(frames.every((frame) => frame.every((byte) => byte === 0xff))).toBe(true);
  expect(levels[25]).toBeGreaterThan(0.8);
});

test('each frame is its receiver’s own', () => {
  const { frames, uplink } = listen();
  speak(uplink, tone(440, 48_000, 0.1));
  expect(new Set(frames.map((frame) => frame.buffer)).size).toBe(frames.length);
});
