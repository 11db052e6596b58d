/** The microphone's audio thread: all it knows is in `audio/uplink`. */

import { Uplink } from '../../audio/uplink.ts';
import type { FromMicrophone, ToMicrophone } from './messages.ts';

const NOTHING = new Float32Array(128);

class Microphone extends AudioWorkletProcessor {
  readonly #uplink = new Uplink(sampleRate, (frame, level) => {
    const message: FromMicrophone = { kind: 'frame', frame, level };
    this.port.postMessage(message, [frame.buffer]);
  });

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<ToMicrophone>) => {
      this.#uplink.muted = data.muted;
    };
  }

  /** A microphone that was unplugged gives no channel; the line goes on with silence. */
  process(inputs: Float32Array[][]): boolean {
    this.#uplink.process(inputs[0]?.[0] ?? NOTHING);
    return true;
  }
}

registerProcessor('microphone', Microphone);
