/** The page on which a visitor talks with the agent. */

import { useEffect, useRef } from 'react';
import type { Session } from '../../api/session.ts';
import { CallPanel } from './CallPanel.tsx';
import classes from './Softphone.module.css';
import { Transcript } from './Transcript.tsx';
import { useSoftphone } from './useSoftphone.ts';

interface Props {
  session: Session;
  onSignedOut: () => void;
}

export function Softphone({ session, onSignedOut }: Props) {
  const softphone = useSoftphone();
  const { state, gauges } = softphone;
  const page = useRef<HTMLElement>(null);

  // The line's figures, for tests and for whoever looks into a bad line with the browser's tools.
  useEffect(
    () =>
      gauges.watch((readings) => {
        if (!page.current) return;
        for (const [name, value] of Object.entries(readings))
          page.current.dataset[name] = String(Math.round((value as number) * 1_000) / 1_000);
      }),
    [gauges],
  );

  return (
    <main
      id="content"
      ref={page}
      className={classes.page}
      data-testid="softphone"
      data-phase={state.phase}
      data-agent-is-speaking={state.agentIsSpeaking}
      data-call-id={state.callId ?? ''}
    >
      <CallPanel softphone={softphone} session={session} onSignedOut={onSignedOut} />
      <Transcript state={state} />
    </main>
  );
}
