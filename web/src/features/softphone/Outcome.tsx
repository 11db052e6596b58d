/** What is left of a call: what went wrong with it, if anything, and its recording. */

import { Button } from '@mantine/core';
import { IconAlertCircle, IconDownload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { readEndedCall, recordingPath } from '../../api/calls.ts';
import { Notice } from '../../frame/Notice.tsx';
import type { CallState } from './call.ts';
import classes from './Outcome.module.css';

export function Outcome({ state }: { state: CallState }) {
  const { t } = useTranslation();
  const { ending, callId, openedAt } = state;
  return (
    <div className={classes.outcome}>
      {ending?.kind === 'problem' && (
        <Notice
          tone="problem"
          urgent
          icon={<IconAlertCircle size={20} />}
          title={t(`problem.${ending.problem}.title`)}
        >
          <span data-testid="problem" data-problem={ending.problem}>
            {t(`problem.${ending.problem}.remedy`)}
          </span>
          {ending.sentence !== null && (
            <p className={classes.sentence} dir="auto">
              {ending.sentence}
            </p>
          )}
        </Notice>
      )}
      {callId !== null && openedAt !== null && <Recording key={callId} callId={callId} />}
    </div>
  );
}

const ASK_AGAIN_MS = 1_000;
const ASKS_MAX = 20;

/** The worker writes the recording's last second a moment after the line has closed. */
function Recording({ callId }: { callId: string }) {
  const { t } = useTranslation();
  const [missing, setMissing] = useState(false);
  const call = useQuery({
    queryKey: ['call', callId],
    queryFn: () => readEndedCall(callId),
    retry: ASKS_MAX,
    retryDelay: ASK_AGAIN_MS,
  });
  const ready = call.data?.hasRecording === true && !missing;
  const gaveUp = missing || !call.isPending;
  if (!ready) {
    return (
      <p className={`${classes.waiting ?? ''} soft`} role="status">
        {gaveUp ? t('recording.missing') : t('recording.waiting')}
      </p>
    );
  }
  return (
    <div className={classes.recording}>
      {/* Time runs from left to right in a player, in every language. */}
      <div dir="ltr">
        {/* The transcript is on this very page. */}
        <audio
          controls
          preload="metadata"
          src={recordingPath(callId)}
          aria-label={t('recording.play')}
          data-testid="recording"
          onError={() => {
            setMissing(true);
          }}
        />
      </div>
      <Button
        component="a"
        variant="subtle"
        size="compact-sm"
        href={recordingPath(callId)}
        download
        leftSection={<IconDownload size={16} />}
      >
        {t('recording.download')}
      </Button>
    </div>
  );
}
