/** Twelve keys, left to right in every language, as on every telephone. */

import { UnstyledButton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { KEYS, type Key } from '../../audio/keytones.ts';
import classes from './Keypad.module.css';

export function Keypad({ keys, onPress }: { keys: string; onPress: (key: Key) => void }) {
  const { t } = useTranslation();
  return (
    <div className={classes.keypad} dir="ltr">
      <output className={classes.pressed} aria-label={t('phone.keysPressed')}>
        {keys.slice(-14) || '\u00a0'}
      </output>
      <div className={classes.keys}>
        {KEYS.map((key) => (
          <UnstyledButton
            key={key}
            className={classes.key}
            aria-label={t('phone.key', { key })}
            data-testid={`key-${key}`}
            onClick={() => {
              onPress(key);
            }}
          >
            {key}
          </UnstyledButton>
        ))}
      </div>
    </div>
  );
}
