/** Placing a call from the browser. */

import type { Direction } from '../features/softphone/call.ts';
import { ApiError, asText, request } from './http.ts';

export interface PlacedCall {
  callId: string;
  mediaUrl: string;
  /** Opens the media socket, once. */
  ticket: string;
  engine: string | null;
}

export async function placeCall(direction: Direction): Promise<PlacedCall> {
  const answer = await request('POST', '/api/softphone/calls', { direction });
  const callId = asText(answer.call_id);
  const mediaUrl = asText(answer.media_url);
  const ticket = asText(answer.ticket);
  if (callId === null || mediaUrl === null || ticket === null) throw new ApiError(502, null);
  return { callId, mediaUrl, ticket, engine: asText(answer.engine) };
}
