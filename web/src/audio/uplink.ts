/** PURE. From what the microphone hears to the frames that a carrier would send. */

import { LevelMeter } from './level.ts';
import { encodeSample, FRAME_BYTES, LINE_RATE, SILENCE } from './mulaw.ts';
import { Resampler } from './resampler.ts';

export class Uplink {
  /** A muted caller is silent on the line; the frames go on, because the agent's sense of time
   * hangs on them. */
  muted = false;
  readonly #resampler: Resampler;
  readonly #meter = new LevelMeter();
  #frame = new Uint8Array(FRAME_BYTES);
  #filled = 0;

  constructor(
    microphoneRate: number,
    /** Each frame is the receiver's own. `level` is what the microphone hears, muted or not. */
    private readonly onFrame: (frame: Uint8Array<ArrayBuffer>, level: number) => void,
  ) {
    this.#resampler = new Resampler(microphoneRate, LINE_RATE);
  }

  process(samples: Float32Array): void {
    for (const sample of samples) {
      this.#resampler.push(sample);
      while (this.#resampler.ready) this.#add(this.#resampler.take());
    }
  }

  #add(sample: number): void {
    this.#meter.feed(sample);
    this.#frame[this.#filled] = this.muted ? SILENCE : encodeSample(sample);
    this.#filled += 1;
    if (this.#filled < FRAME_BYTES) return;
    const frame = this.#frame;
    this.#frame = new Uint8Array(FRAME_BYTES);
    this.#filled = 0;
    this.onFrame(frame, this.#meter.read());
  }
}
