/**
 * PURE. Media Streams as a carrier speaks them to our voice worker, and the worker to it.
 *
 * The softphone is a carrier with one caller: it says what Twilio says, to the letter (numbers are
 * strings), so that the worker treats a browser as any telephone. Three messages are the softphone's
 * own: `transcript`, `ended` and `refused`.
 */

export type Role = 'caller' | 'agent';

export type PlatformMessage =
  | { kind: 'media'; audio: Uint8Array<ArrayBuffer> }
  | { kind: 'mark'; name: string }
  | { kind: 'clear' }
  | {
      kind: 'transcript';
      role: Role;
      item: string;
      text: string;
      final: boolean;
      /** When in the call the item began to be heard; null when the server does not say. */
      atMs: number | null;
    }
  | { kind: 'ended'; reason: string }
  | { kind: 'refused'; reason: string };

/** What one call's stream is known by, on both sides. */
export interface StreamNames {
  accountSid: string;
  callSid: string;
  streamSid: string;
}

/** Names in the carrier's form for a call of ours; `random` is 32 hexadecimal digits. */
export function streamNames(callId: string, random: string): StreamNames {
  const digits = callId.toLowerCase().replace(/[^0-9a-f]/g, '');
  return {
    accountSid: `AC${'0'.repeat(32)}`,
    callSid: `CA${digits.padStart(32, '0').slice(-32)}`,
    streamSid: `MZ${random}`,
  };
}

/** Writes one stream's messages in order; it counts what the protocol wants counted. */
export class CarrierStream {
  #messages = 0;
  #chunks = 0;

  constructor(private readonly names: StreamNames) {}

  connected(): string {
    return JSON.stringify({ event: 'connected', protocol: 'Call', version: '1.0.0' });
  }

  start(parameters: Record<string, string>): string {
    const { accountSid, callSid, streamSid } = this.names;
    return this.#message('start', {
      start: {
        accountSid,
        streamSid,
        callSid,
        tracks: ['inbound'],
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8_000, channels: 1 },
        customParameters: parameters,
      },
    });
  }

  /** A frame is 20 ms, so its time is its number. */
  media(frame: Uint8Array): string {
    const timestamp = String(this.#chunks * 20);
    this.#chunks += 1;
    const chunk = String(this.#chunks);
    const media = { track: 'inbound', chunk, timestamp, payload: toBase64(frame) };
    return this.#message('media', { media });
  }

  mark(name: string): string {
    return this.#message('mark', { mark: { name } });
  }

  dtmf(digit: string): string {
    return this.#message('dtmf', { dtmf: { track: 'inbound_track', digit } });
  }

  stop(): string {
    const { accountSid, callSid } = this.names;
    return this.#message('stop', { stop: { accountSid, callSid } });
  }

  #message(event: string, body: Record<string, unknown>): string {
    this.#messages += 1;
    const sequenceNumber = String(this.#messages);
    return JSON.stringify({ event, sequenceNumber, streamSid: this.names.streamSid, ...body });
  }
}

/** What the worker said; null for anything malformed or unknown, which is to be ignored. */
export function decodePlatform(message: string): PlatformMessage | null {
  const body = parseObject(message);
  switch (body?.event) {
    case 'media': {
      const payload = field(body, 'media', 'payload');
      const audio = typeof payload === 'string' ? fromBase64(payload) : null;
      return audio && { kind: 'media', audio };
    }
    case 'mark': {
      const name = field(body, 'mark', 'name');
      return typeof name === 'string' ? { kind: 'mark', name } : null;
    }
    case 'clear':
      return { kind: 'clear' };
    case 'transcript':
      return decodeTranscript(body);
    case 'ended':
      return { kind: 'ended', reason: text(field(body, 'ended', 'reason')) };
    case 'refused':
      return { kind: 'refused', reason: text(field(body, 'refused', 'reason')) };
    default:
      return null;
  }
}

function decodeTranscript(body: Record<string, unknown>): PlatformMessage | null {
  const role = field(body, 'transcript', 'role');
  const item = field(body, 'transcript', 'item');
  const words = field(body, 'transcript', 'text');
  const at = field(body, 'transcript', 'at_ms');
  if (role !== 'caller' && role !== 'agent') return null;
  if (typeof item !== 'string' || typeof words !== 'string') return null;
  const final = field(body, 'transcript', 'final') === true;
  const atMs = typeof at === 'number' ? at : null;
  return { kind: 'transcript', role, item, text: words, final, atMs };
}

function parseObject(message: string): Record<string, unknown> | null {
  try {
    const body: unknown = JSON.parse(message);
    return isObject(body) ? body : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function field(body: Record<string, unknown>, part: string, name: string): unknown {
  const inner = body[part];
  return isObject(inner) ? inner[name] : undefined;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

function fromBase64(encoded: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
  } catch {
    return null;
  }
}
