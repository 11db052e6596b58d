/**
 * The shell of one call: microphone, loudspeaker and socket, joined.
 *
 * It makes facts for `call.ts` and decides nothing else. Everything that it opened is closed by
 * `close`, which may be called at any moment, also while opening.
 */

import { tonesOf, type Key } from '../../audio/keytones.ts';
import { ApiError } from '../../api/http.ts';
import { placeCall, type PlacedCall } from '../../api/softphone.ts';
import { CarrierStream, decodePlatform, streamNames } from '../../wire/mediaStreams.ts';
import type { PlatformMessage } from '../../wire/mediaStreams.ts';
import type { Direction, Fact, Problem } from './call.ts';
import type { Gauges } from './gauges.ts';
import loudspeakerScript from './loudspeaker.worklet.ts?worker&url';
import type { FromLoudspeaker, FromMicrophone, ToLoudspeaker, ToMicrophone } from './messages.ts';
import { MicrophoneError, openMicrophone } from './microphone.ts';
import microphoneScript from './microphone.worklet.ts?worker&url';

/** A socket that takes nothing for this much audio leads nowhere: 3 s of messages. */
const UNSENT_BYTES_MAX = 48_000;
/** A phone that walks out of one network often walks into the next. */
const OFFLINE_MS_MAX = 8_000;
const KEY_TONE_S = 0.16;

export class Line {
  readonly #context = new AudioContext({ latencyHint: 'interactive' });
  #track: MediaStreamTrack | null = null;
  #microphone: AudioWorkletNode | null = null;
  #loudspeaker: AudioWorkletNode | null = null;
  #socket: WebSocket | null = null;
  #stream: CarrierStream | null = null;
  #muted = false;
  #closed = false;
  #offlineTimer = 0;

  /** Make it in the handler of the person's press: browsers let sound begin only there. */
  constructor(
    private readonly tell: (fact: Fact) => void,
    private readonly gauges: Gauges,
  ) {
    gauges.reset();
    void this.#context.resume();
    window.addEventListener('offline', this.#onOffline);
    window.addEventListener('online', this.#onOnline);
    window.addEventListener('pagehide', this.#onPageHide);
  }

  async open(direction: Direction): Promise<void> {
    try {
      const microphone = await openMicrophone();
      this.#track = microphone.getAudioTracks()[0] ?? null;
      if (this.#isClosed()) return;
      this.tell({ kind: 'MicrophoneOpened' });
      await this.#join(microphone);
      if (this.#isClosed()) return;
      const call = await placeCall(direction);
      if (this.#isClosed()) return;
      this.tell({ kind: 'CallPlaced', callId: call.callId, engine: call.engine });
      this.#connect(call, direction);
    } catch (error) {
      this.#fail(...problemOf(error));
    }
  }

  mute(muted: boolean): void {
    this.#muted = muted;
    this.#microphone?.port.postMessage({ kind: 'mute', muted } satisfies ToMicrophone);
  }

  press(key: Key): void {
    this.#send(this.#stream?.dtmf(key));
    this.#sound(key);
  }

  hangUp(): void {
    this.#send(this.#stream?.stop());
    this.close();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    window.clearTimeout(this.#offlineTimer);
    window.removeEventListener('offline', this.#onOffline);
    window.removeEventListener('online', this.#onOnline);
    window.removeEventListener('pagehide', this.#onPageHide);
    this.#socket?.close(1000);
    this.#track?.stop();
    void this.#context.close();
    this.gauges.set({ callerLevel: 0, agentLevel: 0 });
  }

  /** Opening waits in several places, and the person may hang up in any of them. */
  #isClosed(): boolean {
    if (this.#closed) this.#track?.stop();
    return this.#closed;
  }

  async #join(microphone: MediaStream): Promise<void> {
    const context = this.#context;
    await Promise.all([
      context.audioWorklet.addModule(microphoneScript),
      context.audioWorklet.addModule(loudspeakerScript),
    ]);
    if (this.#closed) return;
    const one = { channelCount: 1, channelCountMode: 'explicit' } as const;
    this.#microphone = new AudioWorkletNode(context, 'microphone', { ...one, numberOfOutputs: 0 });
    this.#loudspeaker = new AudioWorkletNode(context, 'loudspeaker', {
      numberOfInputs: 0,
      outputChannelCount: [1],
    });
    this.#microphone.port.onmessage = this.#onMicrophone;
    this.#loudspeaker.port.onmessage = this.#onLoudspeaker;
    this.mute(this.#muted);
    context.createMediaStreamSource(microphone).connect(this.#microphone);
    this.#loudspeaker.connect(context.destination);
    this.#track?.addEventListener('ended', () => {
      this.tell({ kind: 'MicrophoneLost' });
    });
  }

  #connect(call: PlacedCall, direction: Direction): void {
    const random = crypto.getRandomValues(new Uint8Array(16));
    const digits = Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('');
    const stream = new CarrierStream(streamNames(call.callId, digits));
    const socket = new WebSocket(call.mediaUrl);
    this.#socket = socket;
    socket.onopen = () => {
      socket.send(stream.connected());
      socket.send(stream.start({ ticket: call.ticket, direction }));
      this.#stream = stream;
      this.tell({ kind: 'LineOpened', at: performance.now() });
    };
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      const message = typeof data === 'string' ? decodePlatform(data) : null;
      if (message && !this.#closed) this.#hear(message);
    };
    // Whoever ends a call says so first; a socket that just closes is a lost connection.
    socket.onclose = () => {
      this.#fail(this.#stream ? 'connection-lost' : 'agent-unavailable', null);
    };
  }

  #hear(message: PlatformMessage): void {
    switch (message.kind) {
      case 'media':
        this.gauges.count('framesHeard');
        this.#play({ kind: 'audio', audio: message.audio }, [message.audio.buffer]);
        break;
      case 'mark':
        this.#play({ kind: 'mark', name: message.name, delayMs: this.#outputDelayMs() });
        break;
      case 'clear':
        this.gauges.count('clears');
        this.#play({ kind: 'clear' });
        break;
      case 'transcript': {
        const { role, item, text, final, atMs } = message;
        this.tell({ kind: 'TranscriptCame', line: { role, item, text, final, atMs } });
        break;
      }
      case 'ended':
        this.tell({ kind: 'CallEnded', reason: message.reason, at: performance.now() });
        this.close();
        break;
      case 'refused':
        this.#fail('call-refused', message.reason || null);
        break;
    }
  }

  #play(order: ToLoudspeaker, owned: Transferable[] = []): void {
    this.#loudspeaker?.port.postMessage(order, owned);
  }

  #outputDelayMs(): number {
    // Safari knows no outputLatency.
    const { baseLatency, outputLatency } = this.#context as Partial<AudioContext>;
    return ((baseLatency ?? 0) + (outputLatency ?? 0)) * 1_000;
  }

  readonly #onMicrophone = ({ data }: MessageEvent<FromMicrophone>): void => {
    if (this.#closed) return;
    this.gauges.set({ callerLevel: this.#muted ? 0 : data.level });
    if (!this.#stream) return;
    this.gauges.count('framesSent');
    this.#send(this.#stream.media(data.frame));
    if ((this.#socket?.bufferedAmount ?? 0) > UNSENT_BYTES_MAX) this.#fail('connection-lost', null);
  };

  readonly #onLoudspeaker = ({ data }: MessageEvent<FromLoudspeaker>): void => {
    if (this.#closed) return;
    switch (data.kind) {
      case 'level':
        this.gauges.set({ agentLevel: data.level, stutters: data.stutters });
        break;
      case 'mark':
        this.gauges.count('marks');
        this.#send(this.#stream?.mark(data.name));
        break;
      case 'speaking':
        this.tell({ kind: data.speaking ? 'AgentBegan' : 'AgentPaused' });
        break;
    }
  };

  #send(message: string | undefined): void {
    if (message !== undefined && this.#socket?.readyState === WebSocket.OPEN)
      this.#socket.send(message);
  }

  /** What a person hears of a key that he presses; the agent is told by message. */
  #sound(key: Key): void {
    const gain = new GainNode(this.#context, { gain: 0.05 });
    gain.connect(this.#context.destination);
    const start = this.#context.currentTime;
    gain.gain.setTargetAtTime(0, start + KEY_TONE_S - 0.02, 0.006);
    for (const frequency of tonesOf(key)) {
      const tone = new OscillatorNode(this.#context, { frequency });
      tone.connect(gain);
      tone.start(start);
      tone.stop(start + KEY_TONE_S + 0.02);
    }
  }

  #fail(problem: Problem, sentence: string | null): void {
    if (this.#closed) return;
    this.tell({ kind: 'CallFailed', problem, sentence, at: performance.now() });
    this.close();
  }

  readonly #onOffline = (): void => {
    this.tell({ kind: 'NetworkChanged', offline: true });
    this.#offlineTimer = window.setTimeout(() => {
      this.#fail('connection-lost', null);
    }, OFFLINE_MS_MAX);
  };

  readonly #onOnline = (): void => {
    window.clearTimeout(this.#offlineTimer);
    this.tell({ kind: 'NetworkChanged', offline: false });
  };

  readonly #onPageHide = (): void => {
    this.hangUp();
  };
}

function problemOf(error: unknown): [Problem, string | null] {
  if (error instanceof MicrophoneError) return [error.problem, null];
  if (!(error instanceof ApiError)) return ['agent-unavailable', null];
  if (error.status === 0) return ['server-down', null];
  if (error.status === 401) return ['signed-out', null];
  if (error.status === 503) return ['agent-unavailable', error.sentence];
  return [error.status < 500 ? 'call-refused' : 'server-down', error.sentence];
}
