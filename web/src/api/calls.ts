/** A call that was, as the server keeps it. */

import { ApiError, asText, request } from './http.ts';

export interface CallRecord {
  hasRecording: boolean;
}

/** Fails while the server still waits for the worker's word on the call; ask again then. */
export async function readEndedCall(callId: string): Promise<CallRecord> {
  const answer = await request('GET', callPath(callId));
  if (!OVER.has(asText(answer.status) ?? '')) throw new ApiError(409, 'The call is not over yet.');
  return { hasRecording: answer.has_recording === true };
}

export function recordingPath(callId: string): string {
  return `${callPath(callId)}/recording`;
}

function callPath(callId: string): string {
  return `/api/calls/${encodeURIComponent(callId)}`;
}

/** The statuses that no call leaves. */
const OVER = new Set(['completed', 'busy', 'no-answer', 'failed', 'canceled']);
