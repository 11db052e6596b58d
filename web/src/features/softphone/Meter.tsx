/** How loud one of the two voices is. */

import { IconHeadset, IconMicrophone, IconMicrophoneOff } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Gauges } from './gauges.ts';
import classes from './Meter.module.css';

interface Props {
  gauges: Gauges;
  of: 'callerLevel' | 'agentLevel';
  muted?: boolean;
}

export function Meter({ gauges, of, muted = false }: Props) {
  const { t } = useTranslation();
  const meter = useRef<HTMLDivElement>(null);
  const isCaller = of === 'callerLevel';

  useEffect(
    () =>
      gauges.watch((readings) => {
        const level = readings[of];
        meter.current?.style.setProperty('--level', level.toFixed(3));
        meter.current?.setAttribute('aria-valuenow', String(Math.round(level * 100)));
      }),
    [gauges, of],
  );

  const Icon = isCaller ? (muted ? IconMicrophoneOff : IconMicrophone) : IconHeadset;
  return (
    <div className={classes.row}>
      <Icon size={17} aria-hidden="true" className="soft" />
      <span className={classes.name}>{isCaller ? t('phone.you') : t('phone.agent')}</span>
      <div
        ref={meter}
        role="meter"
        aria-label={isCaller ? t('phone.yourLevel') : t('phone.agentLevel')}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={0}
        className={classes.meter}
        data-muted={muted}
      >
        <span className={classes.bar} />
      </div>
    </div>
  );
}
