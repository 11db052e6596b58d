/** PURE. Which words say how the call stands; the words themselves are in `i18n`. */

import type { CallState, Ending } from './call.ts';

export type Status =
  | 'idle'
  | 'asking'
  | 'connecting'
  | 'ringing'
  | 'greeting'
  | 'speaking'
  | 'listening'
  | 'over'
  | 'failed';

export function statusOf(state: CallState): Status {
  switch (state.phase) {
    case 'talking':
      if (!state.agentIsSpeaking) return 'listening';
      return state.greeted ? 'speaking' : 'greeting';
    case 'over':
      // A call that never was has not "ended".
      return state.openedAt === null && state.ending?.kind === 'problem' ? 'failed' : 'over';
    case 'idle':
    case 'asking':
    case 'connecting':
    case 'ringing':
      return state.phase;
  }
}

export type EndingWords = 'hungUp' | 'silence' | 'longestCall' | 'shutdown' | 'farewell' | 'other';

/** The platform may learn new reasons before this page does. */
export function endingWords(ending: Exclude<Ending, { kind: 'problem' }>): EndingWords {
  if (ending.kind === 'hung-up') return 'hungUp';
  switch (ending.reason) {
    case 'silence':
    case 'shutdown':
      return ending.reason;
    case 'user_goodbye':
    case 'agent_goodbye':
      return 'farewell';
    case 'longest_call':
      return 'longestCall';
    case 'caller_hung_up':
      return 'hungUp';
    default:
      return 'other';
  }
}

/** Minutes and seconds, as a telephone shows them. */
export function clock(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
