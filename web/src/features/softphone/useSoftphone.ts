/** The telephone as a page uses it: the call's state, and the buttons. */

import { useEffect, useReducer, useRef, useState } from 'react';
import { isKey, type Key } from '../../audio/keytones.ts';
import { handle, IDLE, isOnTheLine, isUnderWay, type CallState, type Direction } from './call.ts';
import { Gauges } from './gauges.ts';
import { Line } from './line.ts';

export interface Softphone {
  state: CallState;
  gauges: Gauges;
  call: (direction: Direction) => void;
  hangUp: () => void;
  toggleMute: () => void;
  press: (key: Key) => void;
}

export function useSoftphone(): Softphone {
  const [state, tell] = useReducer(handle, IDLE);
  const [gauges] = useState(() => new Gauges());
  const line = useRef<Line | null>(null);
  const onTheLine = isOnTheLine(state);

  useEffect(
    () => () => {
      line.current?.hangUp();
    },
    [],
  );
  useWakefulness(onTheLine);

  const call = (direction: Direction): void => {
    if (isUnderWay(state)) return;
    line.current?.close();
    line.current = new Line(tell, gauges);
    tell({ kind: 'CallPressed', direction });
    void line.current.open(direction);
  };
  const hangUp = (): void => {
    line.current?.hangUp();
    tell({ kind: 'HangUpPressed', at: performance.now() });
  };
  const toggleMute = (): void => {
    line.current?.mute(!state.muted);
    tell({ kind: 'MuteToggled' });
  };
  const press = (key: Key): void => {
    if (!onTheLine) return;
    line.current?.press(key);
    tell({ kind: 'KeyPressed', key });
  };
  useKeyboard(onTheLine, press);

  return { state, gauges, call, hangUp, toggleMute, press };
}

/** During a call the computer's own digits are the telephone's. */
function useKeyboard(active: boolean, press: (key: Key) => void): void {
  const latest = useRef(press);
  useEffect(() => {
    latest.current = press;
  });
  useEffect(() => {
    if (!active) return;
    const onKeyDown = (event: KeyboardEvent): void => {
      const typing = event.target instanceof HTMLInputElement && event.target.type !== 'radio';
      if (typing || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
      if (isKey(event.key)) latest.current(event.key);
    };
    window.addEventListener('keydown', onKeyDown);
    return () => {
      window.removeEventListener('keydown', onKeyDown);
    };
  }, [active]);
}

/** A telephone's screen that falls asleep takes the microphone with it. */
function useWakefulness(active: boolean): void {
  useEffect(() => {
    if (!active || !('wakeLock' in navigator)) return;
    const lock = navigator.wakeLock.request('screen').catch(() => null);
    return () => {
      void lock.then((held) => held?.release());
    };
  }, [active]);
}
