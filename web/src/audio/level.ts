/** PURE. How loud a voice is, for a meter that a person reads. */

/** What a meter shows as empty and as full; speech on a telephone lies between. */
const FLOOR_DB = -54;
const CEILING_DB = -12;

export class LevelMeter {
  #energy = 0;
  #samples = 0;

  feed(sample: number): void {
    this.#energy += sample * sample;
    this.#samples += 1;
  }

  get samples(): number {
    return this.#samples;
  }

  /** The loudness since the last read, from 0 (silence) to 1 (a loud voice). */
  read(): number {
    const power = this.#samples === 0 ? 0 : this.#energy / this.#samples;
    this.#energy = 0;
    this.#samples = 0;
    return levelOf(power);
  }
}

function levelOf(power: number): number {
  const db = 10 * Math.log10(Math.max(power, 1e-12));
  return Math.min(1, Math.max(0, (db - FLOOR_DB) / (CEILING_DB - FLOOR_DB)));
}
