/**
 * PURE. One call as the page shows it: facts in, state out.
 *
 * Nothing here knows a socket, a microphone or a clock: times come with the facts, in milliseconds.
 * A fact that comes too late (a transcript after the end) changes only what it may.
 */

import type { Role } from '../../wire/mediaStreams.ts';

export type Direction = 'inbound' | 'outbound';

export type Phase =
  | 'idle'
  /** The browser is asking for the microphone. */
  | 'asking'
  /** The call is being placed and its line opened. */
  | 'connecting'
  /** The line is open; the agent has not spoken yet. */
  | 'ringing'
  | 'talking'
  | 'over';

/** Why the microphone cannot be used. */
export type MicrophoneProblem =
  | 'microphone-refused'
  | 'microphone-absent'
  | 'microphone-busy'
  | 'insecure-page'
  | 'browser-too-old';

/** Why there is no call, or no longer one; each has words and a remedy. */
export type Problem =
  | MicrophoneProblem
  | 'call-refused'
  | 'agent-unavailable'
  | 'server-down'
  | 'signed-out'
  | 'connection-lost';

export type Ending =
  | { kind: 'hung-up' }
  /** The agent's side ended the call; the reason is the platform's word for it. */
  | { kind: 'ended'; reason: string }
  /** `sentence` is what the server said of it, if anything. */
  | { kind: 'problem'; problem: Problem; sentence: string | null };

export interface TranscriptLine {
  role: Role;
  item: string;
  text: string;
  final: boolean;
  atMs: number | null;
}

export interface CallState {
  phase: Phase;
  direction: Direction;
  callId: string | null;
  engine: string | null;
  /** When the line opened. */
  openedAt: number | null;
  overAt: number | null;
  agentIsSpeaking: boolean;
  /** The agent has finished saying something: what it says first is the greeting. */
  greeted: boolean;
  muted: boolean;
  microphoneLost: boolean;
  offline: boolean;
  lines: readonly TranscriptLine[];
  /** The keys pressed in this call. */
  keys: string;
  ending: Ending | null;
}

export type Fact =
  | { kind: 'CallPressed'; direction: Direction }
  | { kind: 'MicrophoneOpened' }
  | { kind: 'CallPlaced'; callId: string; engine: string | null }
  | { kind: 'LineOpened'; at: number }
  | { kind: 'AgentBegan' }
  | { kind: 'AgentPaused' }
  | { kind: 'TranscriptCame'; line: TranscriptLine }
  | { kind: 'MuteToggled' }
  | { kind: 'KeyPressed'; key: string }
  | { kind: 'MicrophoneLost' }
  | { kind: 'NetworkChanged'; offline: boolean }
  | { kind: 'HangUpPressed'; at: number }
  | { kind: 'CallEnded'; reason: string; at: number }
  | { kind: 'CallFailed'; problem: Problem; sentence: string | null; at: number };

export const IDLE: CallState = {
  phase: 'idle',
  direction: 'inbound',
  callId: null,
  engine: null,
  openedAt: null,
  overAt: null,
  agentIsSpeaking: false,
  greeted: false,
  muted: false,
  microphoneLost: false,
  offline: false,
  lines: [],
  keys: '',
  ending: null,
};

export function isUnderWay(state: CallState): boolean {
  return state.phase !== 'idle' && state.phase !== 'over';
}

export function isOnTheLine(state: CallState): boolean {
  return state.phase === 'ringing' || state.phase === 'talking';
}

/** How long the caller was on the line, so far or in all. */
export function durationMs(state: CallState, now: number): number {
  return state.openedAt === null ? 0 : Math.max(0, (state.overAt ?? now) - state.openedAt);
}

export function handle(state: CallState, fact: Fact): CallState {
  switch (fact.kind) {
    case 'CallPressed':
      if (isUnderWay(state)) return state;
      return { ...IDLE, phase: 'asking', direction: fact.direction, offline: state.offline };
    case 'MicrophoneOpened':
      return state.phase === 'asking' ? { ...state, phase: 'connecting' } : state;
    case 'CallPlaced':
      if (state.phase !== 'connecting') return state;
      return { ...state, callId: fact.callId, engine: fact.engine };
    case 'LineOpened':
      if (state.phase !== 'connecting') return state;
      return { ...state, phase: 'ringing', openedAt: fact.at };
    case 'AgentBegan':
      return isOnTheLine(state) ? { ...state, phase: 'talking', agentIsSpeaking: true } : state;
    case 'AgentPaused':
      if (!isOnTheLine(state)) return state;
      return { ...state, agentIsSpeaking: false, greeted: true };
    case 'TranscriptCame':
      return { ...state, lines: withLine(state.lines, fact.line) };
    case 'MuteToggled':
      return isUnderWay(state) ? { ...state, muted: !state.muted } : state;
    case 'KeyPressed':
      return isOnTheLine(state) ? { ...state, keys: state.keys + fact.key } : state;
    case 'MicrophoneLost':
      return isUnderWay(state) ? { ...state, microphoneLost: true } : state;
    case 'NetworkChanged':
      return { ...state, offline: fact.offline };
    case 'HangUpPressed':
      return over(state, { kind: 'hung-up' }, fact.at);
    case 'CallEnded':
      return over(state, endingOf(fact.reason), fact.at);
    case 'CallFailed': {
      const { problem, sentence } = fact;
      return over(state, { kind: 'problem', problem, sentence }, fact.at);
    }
  }
}

/** A call ends once; whatever comes after does not change why. */
function over(state: CallState, ending: Ending, at: number): CallState {
  if (!isUnderWay(state)) return state;
  const said = state.lines.filter((line) => line.text !== '');
  const lines = said.map((line) => ({ ...line, final: true }));
  return { ...state, phase: 'over', agentIsSpeaking: false, overAt: at, ending, lines };
}

function endingOf(reason: string): Ending {
  return reason === 'engine_failed'
    ? { kind: 'problem', problem: 'agent-unavailable', sentence: null }
    : { kind: 'ended', reason };
}

/** A later word on an item replaces the earlier, but nothing replaces its final text. Recognised
 * speech comes late: where the server says when it was spoken, the line goes there. */
function withLine(lines: readonly TranscriptLine[], line: TranscriptLine): TranscriptLine[] {
  const known = lines.findIndex((other) => other.item === line.item && other.role === line.role);
  const before = lines[known];
  if (!before) return insert(lines, line);
  if (before.final && !line.final) return [...lines];
  return lines.with(known, { ...line, atMs: before.atMs ?? line.atMs });
}

function insert(lines: readonly TranscriptLine[], line: TranscriptLine): TranscriptLine[] {
  const { atMs } = line;
  const later =
    atMs === null ? -1 : lines.findIndex((other) => other.atMs !== null && other.atMs > atMs);
  return later === -1 ? [...lines, line] : lines.toSpliced(later, 0, line);
}
