/** The loudspeaker's audio thread: all it knows is in `audio/playout` and `audio/downlink`. */

import { Downlink } from '../../audio/downlink.ts';
import { Playout } from '../../audio/playout.ts';
import type { FromLoudspeaker, ToLoudspeaker } from './messages.ts';

class Loudspeaker extends AudioWorkletProcessor {
  readonly #playout = new Playout({
    onMark: (name) => {
      this.#tell({ kind: 'mark', name });
    },
    onSpeaking: (speaking) => {
      this.#tell({ kind: 'speaking', speaking });
    },
  });
  readonly #downlink = new Downlink(sampleRate, this.#playout, (level) => {
    this.#tell({ kind: 'level', level, stutters: this.#playout.stutters });
  });

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<ToLoudspeaker>) => {
      this.#obey(data);
    };
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const output = outputs[0]?.[0];
    if (output) this.#downlink.fill(output);
    return true;
  }

  #obey(order: ToLoudspeaker): void {
    switch (order.kind) {
      case 'audio':
        this.#playout.add(order.audio);
        break;
      case 'mark':
        this.#playout.mark(order.name, order.delayMs);
        break;
      case 'clear':
        this.#playout.clear();
        break;
    }
  }

  #tell(message: FromLoudspeaker): void {
    this.port.postMessage(message);
  }
}

registerProcessor('loudspeaker', Loudspeaker);
