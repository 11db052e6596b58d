/** The telephone itself: how the call stands, the two voices, the buttons. */

import { Button } from '@mantine/core';
import { IconInfoCircle, IconMicrophoneOff, IconWifiOff } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Session } from '../../api/session.ts';
import { Notice } from '../../frame/Notice.tsx';
import { durationMs, isOnTheLine, isUnderWay, type CallState, type Direction } from './call.ts';
import classes from './CallPanel.module.css';
import { CallButton, CallControls } from './Controls.tsx';
import { DirectionChoice } from './DirectionChoice.tsx';
import { Keypad } from './Keypad.tsx';
import { Meter } from './Meter.tsx';
import { Orb } from './Orb.tsx';
import { Outcome } from './Outcome.tsx';
import { clock, endingWords, statusOf } from './status.ts';
import type { Softphone } from './useSoftphone.ts';

interface Props {
  softphone: Softphone;
  session: Session;
  onSignedOut: () => void;
}

export function CallPanel({ softphone, session, onSignedOut }: Props) {
  const { t } = useTranslation();
  const { state, gauges } = softphone;
  const [direction, setDirection] = useState<Direction>('inbound');
  const [keypad, setKeypad] = useState(false);
  const underWay = isUnderWay(state);
  const showKeypad = keypad && isOnTheLine(state);
  const signedOut = state.ending?.kind === 'problem' && state.ending.problem === 'signed-out';
  const demoVoice = (state.engine ?? session.engine) === 'embedded';
  const call = (): void => {
    setKeypad(false);
    softphone.call(direction);
  };

  return (
    <section className={classes.panel} aria-labelledby="telephone">
      <div className={classes.who}>
        <h1 id="telephone" className={classes.name}>
          {session.businessName ? <bdi>{session.businessName}</bdi> : t('phone.heading')}
        </h1>
        {state.phase === 'idle' && <p className="soft">{t('phone.lead')}</p>}
        {demoVoice && state.phase !== 'idle' && (
          <span className={classes.demo}>{t('phone.demoVoice')}</span>
        )}
      </div>

      <div className={classes.middle}>
        {showKeypad ? (
          <Keypad keys={state.keys} onPress={softphone.press} />
        ) : (
          <Orb gauges={gauges} status={statusOf(state)} />
        )}
        <Standing state={state} />
      </div>

      {underWay && (
        <div className={classes.meters}>
          <Meter gauges={gauges} of="callerLevel" muted={state.muted} />
          <Meter gauges={gauges} of="agentLevel" />
        </div>
      )}

      {state.muted && underWay && (
        <Notice tone="hint" icon={<IconMicrophoneOff size={18} />}>
          {t('phone.mutedNote')}
        </Notice>
      )}
      {state.microphoneLost && underWay && (
        <Notice tone="problem" urgent icon={<IconMicrophoneOff size={20} />}>
          {t('phone.microphoneLost')}
        </Notice>
      )}
      {state.offline && (
        <Notice tone="problem" urgent icon={<IconWifiOff size={20} />}>
          {t('phone.offline')}
        </Notice>
      )}
      {state.phase === 'over' && <Outcome state={state} />}

      {underWay ? (
        <CallControls
          state={state}
          keypad={showKeypad}
          onMute={softphone.toggleMute}
          onKeypad={() => {
            setKeypad(!keypad);
          }}
          onHangUp={softphone.hangUp}
        />
      ) : (
        <div className={classes.start}>
          {signedOut ? (
            <Button size="lg" radius="xl" onClick={onSignedOut}>
              {t('signIn.submit')}
            </Button>
          ) : (
            <CallButton again={state.openedAt !== null} onCall={call} />
          )}
          <DirectionChoice value={direction} onChange={setDirection} />
        </div>
      )}
      {demoVoice && state.phase === 'idle' && (
        <Notice tone="hint" icon={<IconInfoCircle size={18} />} title={t('phone.demoVoice')}>
          {t('phone.demoVoiceNote')}
        </Notice>
      )}
    </section>
  );
}

/** The state in words, announced as it changes, and the time on the line. */
function Standing({ state }: { state: CallState }) {
  const { t } = useTranslation();
  const status = statusOf(state);
  const words = useRef<HTMLParagraphElement>(null);
  const stage = state.phase === 'over' ? 'over' : isUnderWay(state) ? 'call' : 'idle';

  // The button that was pressed is gone: who works by keyboard goes on from the state's words.
  useEffect(() => {
    if (stage !== 'idle' && document.activeElement === document.body)
      words.current?.focus({ preventScroll: true });
  }, [stage]);

  return (
    <div className={classes.standing}>
      <p ref={words} tabIndex={-1} className={classes.status} role="status">
        {t(`status.${status}`)}
      </p>
      {isOnTheLine(state) ? <Timer state={state} /> : <Hint state={state} />}
    </div>
  );
}

function Hint({ state }: { state: CallState }) {
  const { t } = useTranslation();
  const { phase, ending, openedAt } = state;
  return (
    <p className={`${classes.hint ?? ''} soft`}>
      {phase === 'idle' && t('status.idleHint')}
      {phase === 'asking' && t('status.askingHint')}
      {ending && ending.kind !== 'problem' && (
        <span data-testid="ending">{t(`ending.${endingWords(ending)}`)}</span>
      )}
      {phase === 'over' && openedAt !== null && (
        <span className={classes.duration}>
          {t('phone.duration')}{' '}
          <bdi dir="ltr" data-testid="duration">
            {clock(durationMs(state, 0))}
          </bdi>
        </span>
      )}
    </p>
  );
}

const TIMER_MS = 250;

function Timer({ state }: { state: CallState }) {
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => {
    const ticking = window.setInterval(() => {
      setNow(performance.now());
    }, TIMER_MS);
    return () => {
      window.clearInterval(ticking);
    };
  }, []);
  return (
    <p className={classes.timer} dir="ltr" role="timer">
      {clock(durationMs(state, now))}
    </p>
  );
}
