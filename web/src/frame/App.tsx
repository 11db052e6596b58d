/** Decides what a visitor sees: the sign-in, or the page asked for. */

import { Button, Center, Loader } from '@mantine/core';
import { IconServerOff } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { readSession, signOut, type Session } from '../api/session.ts';
import { SignIn } from '../features/accounts/SignIn.tsx';
import { Softphone } from '../features/softphone/Softphone.tsx';
import { Header } from './Header.tsx';
import { Notice } from './Notice.tsx';

const SESSION = ['session'];

export function App() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const session = useQuery({ queryKey: SESSION, queryFn: readSession });
  const setSession = (next: Session | null): void => {
    queries.setQueryData(SESSION, next);
  };
  const leave = async (): Promise<void> => {
    // Whoever leaves wants to be gone from this screen, also when the server is.
    await signOut().catch(() => undefined);
    setSession(null);
    queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION[0] });
  };

  if (session.data) {
    return (
      <>
        <a className="skip" href="#content">
          {t('skipToContent')}
        </a>
        <Header email={session.data.email} onSignOut={() => void leave()} />
        <Softphone
          session={session.data}
          onSignedOut={() => {
            setSession(null);
          }}
        />
      </>
    );
  }
  return (
    <>
      <Header />
      {session.data === null && <SignIn onSignedIn={setSession} />}
      {session.isPending && (
        <Center component="main" flex={1}>
          <Loader aria-label={t('loading')} />
        </Center>
      )}
      {session.isError && (
        <Center component="main" flex={1} p="md">
          <div style={{ maxWidth: 440 }}>
            <Notice
              tone="problem"
              urgent
              icon={<IconServerOff size={20} />}
              title={t('serverDown.title')}
            >
              {t('serverDown.remedy')}
            </Notice>
            <Button mt="md" loading={session.isFetching} onClick={() => void session.refetch()}>
              {t('tryAgain')}
            </Button>
          </div>
        </Center>
      )}
    </>
  );
}
