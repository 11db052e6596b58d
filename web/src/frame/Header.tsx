/** What is on top of every page: the name, the language, the colours, who is signed in. */

import { ActionIcon, Menu, SegmentedControl, Text, useMantineColorScheme } from '@mantine/core';
import { useComputedColorScheme } from '@mantine/core';
import { IconLogout, IconMoon, IconSun, IconUser } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { isLanguage, LANGUAGES, NAMES } from '../i18n/languages.ts';
import { useLanguage } from '../i18n/useLanguage.ts';
import { Brand } from './Brand.tsx';
import classes from './Header.module.css';

interface Props {
  /** Who is signed in; undefined when nobody is. */
  email?: string | null;
  onSignOut?: () => void;
}

export function Header({ email, onSignOut }: Props) {
  return (
    <header className={classes.header}>
      <Brand />
      <div className={classes.tools}>
        <LanguageSwitch />
        <ColourSwitch />
        {onSignOut && <Account email={email ?? null} onSignOut={onSignOut} />}
      </div>
    </header>
  );
}

function LanguageSwitch() {
  const { t } = useTranslation();
  const [language, setLanguage] = useLanguage();
  return (
    <SegmentedControl
      size="xs"
      radius="xl"
      aria-label={t('language')}
      value={language}
      data={LANGUAGES.map((value) => ({ value, label: <span lang={value}>{NAMES[value]}</span> }))}
      onChange={(value) => {
        if (isLanguage(value)) setLanguage(value);
      }}
    />
  );
}

function ColourSwitch() {
  const { t } = useTranslation();
  const { setColorScheme } = useMantineColorScheme();
  const other = useComputedColorScheme('light') === 'dark' ? 'light' : 'dark';
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      radius="xl"
      aria-label={t(`colours.${other}`)}
      onClick={() => {
        setColorScheme(other);
      }}
    >
      {other === 'dark' ? <IconMoon size={19} /> : <IconSun size={19} />}
    </ActionIcon>
  );
}

function Account({ email, onSignOut }: { email: string | null; onSignOut: () => void }) {
  const { t } = useTranslation();
  return (
    <Menu position="bottom-end" width={240} shadow="md">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" radius="xl" aria-label={t('account')}>
          <IconUser size={19} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {email !== null && (
          <Text size="sm" className="soft" px="sm" py={6} truncate>
            <bdi dir="ltr">{email}</bdi>
          </Text>
        )}
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={onSignOut}>
          {t('signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
