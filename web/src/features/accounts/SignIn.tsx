/** The door. */

import { Button, Paper, PasswordInput, TextInput, Title } from '@mantine/core';
import { IconAlertCircle, IconTerminal2 } from '@tabler/icons-react';
import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../../api/http.ts';
import { signIn, type Session } from '../../api/session.ts';
import { Notice } from '../../frame/Notice.tsx';
import classes from './SignIn.module.css';

type Complaint = 'signIn.wrong' | 'signIn.tooMany' | 'serverDown.remedy';

export function SignIn({ onSignedIn }: { onSignedIn: (session: Session) => void }) {
  const { t } = useTranslation();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [complaint, setComplaint] = useState<Complaint | null>(null);

  const submit = async (): Promise<void> => {
    setTried(true);
    if (email === '' || password === '') return;
    setBusy(true);
    setComplaint(null);
    try {
      onSignedIn(await signIn(email.trim(), password));
    } catch (error) {
      setComplaint(complaintOf(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <main id="content" className={classes.page}>
      <Paper className={classes.card} radius="lg">
        <Title order={1} size="h2">
          {t('signIn.title')}
        </Title>
        <p className={`${classes.lead ?? ''} soft`}>{t('signIn.lead')}</p>
        <form
          noValidate
          className={classes.form}
          onSubmit={(event: SyntheticEvent) => {
            event.preventDefault();
            void submit();
          }}
        >
          {complaint && (
            <Notice tone="problem" urgent icon={<IconAlertCircle size={20} />}>
              {t(complaint)}
            </Notice>
          )}
          <TextInput
            label={t('signIn.email')}
            type="email"
            name="email"
            autoComplete="username"
            autoFocus
            size="md"
            required
            withAsterisk={false}
            classNames={{ input: classes.latin ?? '' }}
            value={email}
            error={tried && email === '' && t('signIn.emailMissing')}
            onChange={(event) => {
              setEmail(event.currentTarget.value);
            }}
          />
          <PasswordInput
            label={t('signIn.password')}
            name="password"
            autoComplete="current-password"
            size="md"
            required
            withAsterisk={false}
            visibilityToggleButtonProps={{ 'aria-label': t('signIn.showPassword') }}
            value={password}
            error={tried && password === '' && t('signIn.passwordMissing')}
            onChange={(event) => {
              setPassword(event.currentTarget.value);
            }}
          />
          <Button type="submit" size="md" fullWidth loading={busy} mt={4}>
            {t('signIn.submit')}
          </Button>
        </form>
      </Paper>
      <p className={`${classes.hint ?? ''} soft`}>
        <IconTerminal2 size={18} aria-hidden="true" />
        <span>{t('signIn.firstLogin')}</span>
      </p>
    </main>
  );
}

function complaintOf(error: unknown): Complaint {
  const status = error instanceof ApiError ? error.status : 0;
  if (status === 429) return 'signIn.tooMany';
  return status === 0 || status >= 500 ? 'serverDown.remedy' : 'signIn.wrong';
}
