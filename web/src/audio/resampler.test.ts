import { describe, expect, test } from 'vitest';
import { Resampler } from './resampler.ts';

const MICROPHONES = [16_000, 22_050, 32_000, 44_100, 48_000, 96_000];

/** A tone's level after resampling, in dB against what went in, wherever it then lies. */
function gainDb(from: number, to: number, hz: number): number {
  const resampler = new Resampler(from, to);
  const out: number[] = [];
  for (let n = 0; n < from / 2; n += 1) {
    resampler.push(Math.sin((2 * Math.PI * hz * n) / from));
    while (resampler.ready) out.push(resampler.take());
  }
  const settled = out.slice(to / 10);
  const power = settled.reduce((sum, sample) => sum + sample * sample, 0) / settled.length;
  return 10 * Math.log10(power / 0.5 + 1e-20);
}

describe.each(MICROPHONES)('a microphone at %i Hz', (rate) => {
  test.each([100, 300, 1_000, 2_000, 3_000, 3_400])('passes %i Hz whole', (hz) => {
    expect(Math.abs(gainDb(rate, 8_000, hz))).toBeLessThan(0.1);
  });

  test.each([4_600, 5_000, 6_300, 7_000, 7_900])('lets nothing of %i Hz fold onto speech', (hz) => {
    expect(gainDb(rate, 8_000, hz)).toBeLessThan(-65);
  });

  test('gives exactly 8,000 samples a second, for as long as it runs', () => {
    const resampler = new Resampler(rate, 8_000);
    let made = 0;
    for (let n = 0; n < rate * 3; n += 1) {
      resampler.push(0);
      while (resampler.ready) {
        resampler.take();
        made += 1;
      }
    }
    expect(made).toBe(24_000);
  });
});

describe.each([8_000, 16_000, 44_100, 48_000, 192_000])('a loudspeaker at %i Hz', (rate) => {
  test.each([200, 1_000, 3_000])('plays %i Hz whole', (hz) => {
    expect(Math.abs(gainDb(8_000, rate, hz))).toBeLessThan(0.1);
  });

  test('hears no images of the voice', () => {
    if (rate === 8_000) return;
    const resampler = new Resampler(8_000, rate);
    const out: number[] = [];
    for (let n = 0; n < 4_000; n += 1) {
      resampler.push(Math.sin((2 * Math.PI * 3_000 * n) / 8_000));
      while (resampler.ready) out.push(resampler.take());
    }
    // 3 kHz at a rate of 8 kHz has its first image at 5 kHz.
    const image = toneDb(out.slice(rate / 10), 5_000, rate);
    expect(image).toBeLessThan(-65);
  });

  test('plays a constant without a ripple', () => {
    const resampler = new Resampler(8_000, rate);
    const out: number[] = [];
    for (let n = 0; n < 800; n += 1) {
      resampler.push(0.5);
      while (resampler.ready) out.push(resampler.take());
    }
    for (const sample of out.slice(out.length / 2)) expect(sample).toBeCloseTo(0.5, 5);
  });
});

function toneDb(samples: number[], hz: number, rate: number): number {
  let real = 0;
  let imaginary = 0;
  samples.forEach((sample, n) => {
    const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / samples.length);
    real += sample * window * Math.cos((2 * Math.PI * hz * n) / rate);
    imaginary += sample * window * Math.sin((2 * Math.PI * hz * n) / rate);
  });
  return 20 * Math.log10((4 * Math.hypot(real, imaginary)) / samples.length + 1e-12);
}
