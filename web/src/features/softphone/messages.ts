/** What the page and its two audio worklets say to each other. */

export interface ToMicrophone {
  kind: 'mute';
  muted: boolean;
}
export interface FromMicrophone {
  kind: 'frame';
  frame: Uint8Array<ArrayBuffer>;
  level: number;
}

export type ToLoudspeaker =
  | { kind: 'audio'; audio: Uint8Array<ArrayBuffer> }
  | { kind: 'mark'; name: string; delayMs: number }
  | { kind: 'clear' };
export type FromLoudspeaker =
  | { kind: 'level'; level: number; stutters: number }
  | { kind: 'mark'; name: string }
  | { kind: 'speaking'; speaking: boolean };
