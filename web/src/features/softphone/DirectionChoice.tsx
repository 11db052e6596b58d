/** Which of the agent's two prompts to talk with; small, because the first is what most want. */

import { SegmentedControl } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Direction } from './call.ts';

interface Props {
  value: Direction;
  onChange: (direction: Direction) => void;
}

export function DirectionChoice({ value, onChange }: Props) {
  const { t } = useTranslation();
  return (
    <SegmentedControl
      size="xs"
      radius="xl"
      aria-label={t('phone.direction')}
      data-testid="direction"
      value={value}
      data={[
        { value: 'inbound', label: t('phone.inbound') },
        { value: 'outbound', label: t('phone.outbound') },
      ]}
      onChange={(next) => {
        onChange(next === 'outbound' ? 'outbound' : 'inbound');
      }}
    />
  );
}
