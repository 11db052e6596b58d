/** PURE. From the agent's waiting audio to samples at the loudspeaker's own rate. */

import { LevelMeter } from './level.ts';
import { LINE_RATE } from './mulaw.ts';
import type { Playout } from './playout.ts';
import { Resampler } from './resampler.ts';

/** How often the meter moves: smooth to the eye, cheap for the page. */
const LEVEL_MS = 50;

export class Downlink {
  readonly #resampler: Resampler;
  readonly #meter = new LevelMeter();

  constructor(
    loudspeakerRate: number,
    private readonly playout: Playout,
    private readonly onLevel: (level: number) => void,
  ) {
    this.#resampler = new Resampler(LINE_RATE, loudspeakerRate);
  }

  fill(output: Float32Array): void {
    for (let index = 0; index < output.length; index += 1) {
      while (!this.#resampler.ready) this.#resampler.push(this.#sample());
      output[index] = this.#resampler.take();
    }
    if (this.#meter.samples >= (LEVEL_MS * LINE_RATE) / 1_000) this.onLevel(this.#meter.read());
  }

  #sample(): number {
    const sample = this.playout.next();
    this.#meter.feed(sample);
    return sample;
  }
}
