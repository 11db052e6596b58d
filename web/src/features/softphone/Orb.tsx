/** The agent, as something to look at while talking: it breathes, and swells with the voice. */

import { IconPhone, IconPhoneOff } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import type { Gauges } from './gauges.ts';
import classes from './Orb.module.css';
import type { Status } from './status.ts';

const BARS = [0.45, 0.75, 1, 0.75, 0.45];

export function Orb({ gauges, status }: { gauges: Gauges; status: Status }) {
  const orb = useRef<HTMLDivElement>(null);
  useEffect(
    () =>
      gauges.watch(({ agentLevel }) => {
        orb.current?.style.setProperty('--level', agentLevel.toFixed(3));
      }),
    [gauges],
  );
  const isOver = status === 'over' || status === 'failed';
  const isTalking = status === 'greeting' || status === 'speaking' || status === 'listening';
  return (
    <div ref={orb} className={classes.orb} data-status={status} aria-hidden="true">
      <span className={classes.halo} />
      <span className={classes.ring} />
      <span className={classes.core}>
        {isTalking && (
          <span className={classes.bars} dir="ltr">
            {BARS.map((share, place) => (
              <i key={place} style={{ '--share': share } as React.CSSProperties} />
            ))}
          </span>
        )}
        {!isTalking &&
          (isOver ? <IconPhoneOff size={44} stroke={1.6} /> : <IconPhone size={44} stroke={1.6} />)}
      </span>
    </div>
  );
}
