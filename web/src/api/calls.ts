/** A call that was, as the server keeps it. */

import { asText, request } from './http.ts';

export interface CallRecord {
  isOver: boolean;
  hasRecording: boolean;
}

export async function readCall(callId: string): Promise<CallRecord> {
  const answer = await request('GET', callPath(callId));
  const isOver = OVER.has(asText(answer.status) ?? '');
  return { isOver, hasRecording: isOver && answer.has_recording === true };
}

export function recordingPath(callId: string): string {
  return `${callPath(callId)}/recording`;
}

function callPath(callId: string): string {
  return `/api/calls/${encodeURIComponent(callId)}`;
}

/** The statuses that no call leaves. */
const OVER = new Set(['completed', 'busy', 'no-answer', 'failed', 'canceled']);
