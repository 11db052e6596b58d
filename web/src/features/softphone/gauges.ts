/**
 * What moves many times a second: levels and counts of the line.
 *
 * They go past React, straight to the elements that show them; a meter must not re-render a page.
 */

export interface Readings {
  callerLevel: number;
  agentLevel: number;
  framesSent: number;
  framesHeard: number;
  marks: number;
  clears: number;
  stutters: number;
}

const NOTHING: Readings = {
  callerLevel: 0,
  agentLevel: 0,
  framesSent: 0,
  framesHeard: 0,
  marks: 0,
  clears: 0,
  stutters: 0,
};

export class Gauges {
  readings: Readings = NOTHING;
  readonly #watchers = new Set<(readings: Readings) => void>();

  set(change: Partial<Readings>): void {
    this.readings = { ...this.readings, ...change };
    for (const watcher of this.#watchers) watcher(this.readings);
  }

  count(what: 'framesSent' | 'framesHeard' | 'marks' | 'clears'): void {
    this.readings = { ...this.readings, [what]: this.readings[what] + 1 };
  }

  reset(): void {
    this.set(NOTHING);
  }

  watch(watcher: (readings: Readings) => void): () => void {
    this.#watchers.add(watcher);
    watcher(this.readings);
    return () => this.#watchers.delete(watcher);
  }
}
