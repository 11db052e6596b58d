/** The buttons of a telephone: before a call one, in a call three. */

import { UnstyledButton } from '@mantine/core';
import {
  IconDialpad,
  IconDialpadFilled,
  IconMicrophone,
  IconMicrophoneOff,
  IconPhone,
  IconPhoneOff,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { isOnTheLine, type CallState } from './call.ts';
import classes from './Controls.module.css';

export function CallButton({ again, onCall }: { again: boolean; onCall: () => void }) {
  const { t } = useTranslation();
  return (
    <UnstyledButton className={classes.call} onClick={onCall} data-testid="call">
      <IconPhone size={24} aria-hidden="true" />
      {again ? t('phone.callAgain') : t('phone.call')}
    </UnstyledButton>
  );
}

interface Props {
  state: CallState;
  keypad: boolean;
  onMute: () => void;
  onKeypad: () => void;
  onHangUp: () => void;
}

export function CallControls({ state, keypad, onMute, onKeypad, onHangUp }: Props) {
  const { t } = useTranslation();
  return (
    <div className={classes.controls}>
      <Round
        label={state.muted ? t('phone.unmute') : t('phone.mute')}
        active={state.muted}
        onClick={onMute}
        testId="mute"
      >
        {state.muted ? <IconMicrophoneOff size={24} /> : <IconMicrophone size={24} />}
      </Round>
      <Round label={t('phone.hangUp')} tone="stop" onClick={onHangUp} testId="hang-up">
        <IconPhoneOff size={28} />
      </Round>
      <Round
        label={t('phone.keypad')}
        active={keypad}
        expanded={keypad}
        disabled={!isOnTheLine(state)}
        onClick={onKeypad}
        testId="keypad"
      >
        {keypad ? <IconDialpadFilled size={24} /> : <IconDialpad size={24} />}
      </Round>
    </div>
  );
}

interface RoundProps {
  label: string;
  tone?: 'stop';
  /** Shown as switched on. */
  active?: boolean;
  /** For a button that opens something beside it. */
  expanded?: boolean;
  disabled?: boolean;
  testId: string;
  onClick: () => void;
  children: ReactNode;
}

function Round(props: RoundProps) {
  const { label, tone, active = false, expanded, disabled = false, testId } = props;
  return (
    <UnstyledButton
      className={classes.round}
      data-tone={tone}
      data-testid={testId}
      data-active={active}
      aria-expanded={expanded}
      disabled={disabled}
      onClick={props.onClick}
    >
      <span className={classes.disc} aria-hidden="true">
        {props.children}
      </span>
      <span className={classes.label}>{label}</span>
    </UnstyledButton>
  );
}
