/** Getting a microphone, and saying why there is none. */

import type { MicrophoneProblem } from './call.ts';

export class MicrophoneError extends Error {
  constructor(readonly problem: MicrophoneProblem) {
    super(problem);
  }
}

/** The echo of the agent's own voice must not come back as the caller's: the browser removes it. */
const CONSTRAINTS: MediaStreamConstraints = {
  audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
};

export async function openMicrophone(): Promise<MediaStream> {
  if (!window.isSecureContext) throw new MicrophoneError('insecure-page');
  if (!('AudioWorkletNode' in window) || !('mediaDevices' in navigator))
    throw new MicrophoneError('browser-too-old');
  try {
    return await navigator.mediaDevices.getUserMedia(CONSTRAINTS);
  } catch (error) {
    throw new MicrophoneError(problemOf(error instanceof DOMException ? error.name : ''));
  }
}

/** The browsers' names for what may be wrong (W3C Media Capture, and older ones still seen). */
export function problemOf(errorName: string): MicrophoneProblem {
  switch (errorName) {
    case 'NotAllowedError':
    case 'PermissionDeniedError':
      return 'microphone-refused';
    case 'SecurityError':
      return 'insecure-page';
    case 'NotFoundError':
    case 'OverconstrainedError':
    case 'DevicesNotFoundError':
      return 'microphone-absent';
    default:
      return 'microphone-busy';
  }
}
