/**
 * PURE. Changes the sampling rate of a stream, sample by sample, without clicks or aliasing.
 *
 * A bank of windowed-sinc filters, one for each position that an output sample can have between two
 * input samples. Both rates are whole numbers, so these positions repeat and the bank is exact:
 * nothing drifts, however long the call.
 */

/** What passes and what is stopped; the narrower the gap, the longer the filter. */
export interface Band {
  passHz: number;
  stopHz: number;
  /** How far everything beyond `stopHz` is pushed down. */
  attenuationDb: number;
}

/** Telephone speech ends at 3.4 kHz; at 8 kHz nothing may remain from 4.6 kHz up, where it would
 * fold back onto speech. 3.4-4.6 kHz folds only onto itself. */
export const TELEPHONE_BAND: Band = { passHz: 3_400, stopHz: 4_600, attenuationDb: 70 };

export class Resampler {
  /** Input samples per output step, times `#phases`. */
  readonly #step: number;
  readonly #phases: number;
  readonly #taps: number;
  readonly #bank: Float32Array;
  /** Twice as long as the filter and written twice, so that a window is always in one piece. */
  readonly #history: Float32Array;
  #newest = 0;
  /** Where the next output lies after the newest input, in `1 / #phases` of an input sample. */
  #ahead: number;

  constructor(inputRate: number, outputRate: number, band: Band = TELEPHONE_BAND) {
    const common = greatestCommonDivisor(inputRate, outputRate);
    this.#step = inputRate / common;
    this.#phases = outputRate / common;
    this.#taps = filterLength(inputRate, band);
    this.#bank = filterBank(inputRate, this.#phases, this.#taps, band);
    this.#history = new Float32Array(2 * this.#taps);
    this.#ahead = this.#phases;
  }

  /** Whether `take` has a sample to give without a further `push`. */
  get ready(): boolean {
    return this.#ahead <= 0;
  }

  /** Give one input sample; take whatever is ready before the next. */
  push(sample: number): void {
    this.#newest = this.#newest === 0 ? this.#taps - 1 : this.#newest - 1;
    this.#history[this.#newest] = sample;
    this.#history[this.#newest + this.#taps] = sample;
    this.#ahead -= this.#phases;
  }

  /** The next output sample; only while `ready`. */
  take(): number {
    const filter = -this.#ahead * this.#taps;
    let sum = 0;
    for (let tap = 0; tap < this.#taps; tap += 1) {
      sum += (this.#bank[filter + tap] ?? 0) * (this.#history[this.#newest + tap] ?? 0);
    }
    this.#ahead += this.#step;
    return sum;
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** Kaiser's rule for the length that reaches the attenuation within the gap. */
function filterLength(inputRate: number, band: Band): number {
  const gap = (band.stopHz - band.passHz) / inputRate;
  return Math.ceil((band.attenuationDb - 7.95) / (14.36 * gap)) + 1;
}

function filterBank(rate: number, phases: number, taps: number, band: Band): Float32Array {
  const cutoff = (band.passHz + band.stopHz) / rate;
  const beta = 0.1102 * (band.attenuationDb - 8.7);
  const middle = (taps - 1) / 2;
  const bank = new Float32Array(phases * taps);
  for (let phase = 0; phase < phases; phase += 1) {
    const filter = bank.subarray(phase * taps, (phase + 1) * taps);
    let sum = 0;
    for (let tap = 0; tap < taps; tap += 1) {
      const time = tap - middle - phase / phases;
      const weight = sinc(cutoff * time) * kaiser(time / (taps / 2 + 0.5), beta);
      filter[tap] = weight;
      sum += weight;
    }
    // Each position passes a constant unchanged: otherwise the step pattern would be heard as a hum.
    for (let tap = 0; tap < taps; tap += 1) filter[tap] = (filter[tap] ?? 0) / sum;
  }
  return bank;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function kaiser(x: number, beta: number): number {
  return Math.abs(x) >= 1 ? 0 : besselI0(beta * Math.sqrt(1 - x * x)) / besselI0(beta);
}

function besselI0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-12; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
