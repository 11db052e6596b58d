/**
 * PURE. The agent's voice between the network and the loudspeaker, as a carrier would play it.
 *
 * Audio and marks wait in one queue. A voice starts once the lead has gathered (or once it has waited
 * for that long: a short "yes" may be all there is), so that the network's unevenness is not heard.
 * A mark is echoed when all audio before it has reached the ear; `clear` drops the audio and echoes
 * every waiting mark at once. The clock is the loudspeaker's: one `next` call a sample.
 */

import { decodeSample, LINE_RATE } from './mulaw.ts';

const SAMPLES_PER_MS = LINE_RATE / 1_000;

/** Enough for two late frames; every millisecond of it delays every answer. */
const LEAD_MS = 60;
/** A line this uneven cannot be helped by waiting longer. */
const LEAD_MS_MAX = 200;
const LEAD_STEP_MS = 20;
/** A voice that comes back within this was not finished: the network was late. */
const STUTTER_MS = 400;
/** Breaks shorter than this do not make the agent look silent. */
const PAUSE_MS = 240;
/** As long as a carrier holds; more is dropped. */
const WAITING_BYTES_MAX = 10 * 60 * LINE_RATE;

interface Mark {
  name: string;
  /** The loudspeaker's own delay: how long after leaving here a sound reaches the ear. */
  delay: number;
}

export interface PlayoutEvents {
  onMark: (name: string) => void;
  onSpeaking: (speaking: boolean) => void;
}

export class Playout {
  /** Times that the voice broke off because the network was late. */
  stutters = 0;
  #queue: (Uint8Array | Mark)[] = [];
  #offset = 0;
  #waiting = 0;
  #lead = LEAD_MS * SAMPLES_PER_MS;
  #flowing = false;
  /** Samples since the first waiting audio came while the voice was not flowing. */
  #gathered = 0;
  /** Samples since the last audio left. */
  #quiet = STUTTER_MS * SAMPLES_PER_MS;
  #speaking = false;
  /** Whether the sender has said, by a mark, that the voice ended where it did. */
  #finished = true;
  /** Samples that have left, silence included. */
  #now = 0;
  /** Marks that have left and whose sound is on its way to the ear. */
  #leaving: { name: string; heardAt: number }[] = [];

  constructor(private readonly events: PlayoutEvents) {}

  get waitingMs(): number {
    return this.#waiting / SAMPLES_PER_MS;
  }

  add(audio: Uint8Array): void {
    const room = WAITING_BYTES_MAX - this.#waiting;
    const kept = audio.length > room ? audio.subarray(0, room) : audio;
    if (kept.length === 0) return;
    if (this.#waiting === 0 && !this.#finished && this.#quiet < STUTTER_MS * SAMPLES_PER_MS) {
      this.stutters += 1;
      this.#lead = Math.min(
        this.#lead + LEAD_STEP_MS * SAMPLES_PER_MS,
        LEAD_MS_MAX * SAMPLES_PER_MS,
      );
    }
    this.#finished = false;
    this.#queue.push(kept);
    this.#waiting += kept.length;
  }

  /** `delayMs` is the loudspeaker's: the echo waits for it too. */
  mark(name: string, delayMs = 0): void {
    this.#queue.push({ name, delay: Math.max(0, Math.round(delayMs * SAMPLES_PER_MS)) });
    this.#settle();
  }

  /** Fall silent at once. */
  clear(): void {
    const waiting = this.#queue.filter((entry): entry is Mark => !(entry instanceof Uint8Array));
    const leaving = this.#leaving;
    this.#queue = [];
    this.#leaving = [];
    this.#offset = 0;
    this.#waiting = 0;
    this.#flowing = false;
    this.#gathered = 0;
    this.#finished = true;
    for (const mark of [...leaving, ...waiting]) this.events.onMark(mark.name);
    this.#become(false);
  }

  /** The sample that the loudspeaker plays now, in -1..1. */
  next(): number {
    this.#now += 1;
    this.#echoHeardMarks();
    if (!this.#isFlowing()) return this.#rest();
    const head = this.#queue[0];
    if (!(head instanceof Uint8Array)) return this.#rest();
    const sample = decodeSample(head[this.#offset] ?? 0);
    this.#offset += 1;
    this.#waiting -= 1;
    this.#quiet = 0;
    this.#become(true);
    if (this.#offset === head.length) {
      this.#queue.shift();
      this.#offset = 0;
      this.#settle();
    }
    return sample;
  }

  #isFlowing(): boolean {
    if (this.#waiting === 0) {
      this.#flowing = false;
      this.#gathered = 0;
    } else if (!this.#flowing) {
      this.#gathered += 1;
      this.#flowing =
        this.#waiting >= this.#lead || this.#gathered > this.#lead || this.#endIsKnown();
    }
    return this.#flowing;
  }

  /** A mark behind the audio says that nothing more of it is to be waited for. */
  #endIsKnown(): boolean {
    return !(this.#queue.at(-1) instanceof Uint8Array);
  }

  #rest(): number {
    this.#quiet += 1;
    if (this.#quiet >= PAUSE_MS * SAMPLES_PER_MS) this.#become(false);
    return 0;
  }

  /** Let go of the marks whose audio has all left. */
  #settle(): void {
    for (let head = this.#queue[0]; head && !(head instanceof Uint8Array); head = this.#queue[0]) {
      this.#queue.shift();
      this.#finished = true;
      this.#leaving.push({ name: head.name, heardAt: this.#now + head.delay });
    }
    this.#echoHeardMarks();
  }

  #echoHeardMarks(): void {
    for (let mark = this.#leaving[0]; mark && mark.heardAt <= this.#now; mark = this.#leaving[0]) {
      this.#leaving.shift();
      this.events.onMark(mark.name);
    }
  }

  #become(speaking: boolean): void {
    if (speaking === this.#speaking) return;
    this.#speaking = speaking;
    this.events.onSpeaking(speaking);
  }
}
