/** A call that was, as the server keeps it. */

import { ApiError, asText, request } from './http.ts';

export interface CallRecord {
  status: string | null;
  /** The recording is written when the call's end is. */
  isOver: boolean;
}

export async function readCall(callId: string): Promise<CallRecord> {
  const answer = await request('GET', `/api/calls/${encodeURIComponent(callId)}`);
  const status = asText(answer.status);
  return { status, isOver: status !== null && OVER.has(status) };
}

/** Whether there is a recording to be had now. */
export async function hasRecording(callId: string): Promise<boolean> {
  const response = await fetch(recordingPath(callId), { method: 'HEAD' }).catch(() => null);
  if (!response) throw new ApiError(0, null);
  return response.ok;
}

export function recordingPath(callId: string): string {
  return `/api/calls/${encodeURIComponent(callId)}/recording`;
}

const OVER = new Set(['completed', 'failed', 'busy', 'no-answer', 'canceled', 'ended']);
