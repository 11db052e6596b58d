/** What is being said, as it is said. */

import { IconMessageCircle } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { isOnTheLine, isUnderWay, type CallState, type TranscriptLine } from './call.ts';
import classes from './Transcript.module.css';

/** Who has scrolled further up than this is reading, and is left alone. */
const NEAR_END_PX = 80;

export function Transcript({ state }: { state: CallState }) {
  const { t } = useTranslation();
  const scroll = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);

  useEffect(() => {
    if (atEnd.current) scroll.current?.scrollTo({ top: scroll.current.scrollHeight });
  }, [state.lines]);

  return (
    <section className={classes.panel} aria-labelledby="transcript">
      <div className={classes.head}>
        <h2 id="transcript" className={classes.heading}>
          {t('transcript.heading')}
        </h2>
        {isOnTheLine(state) && <span className={classes.live}>{t('transcript.live')}</span>}
      </div>
      <div
        ref={scroll}
        className={classes.scroll}
        role="log"
        aria-label={t('transcript.log')}
        tabIndex={0}
        onScroll={({ currentTarget: box }) => {
          atEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END_PX;
        }}
      >
        {state.lines.length === 0 ? (
          <Nothing state={state} />
        ) : (
          <ol className={classes.lines}>
            {state.lines.map((line, place) => (
              <Bubble
                key={`${line.role}-${line.item}`}
                line={line}
                follows={state.lines[place - 1]?.role === line.role}
              />
            ))}
          </ol>
        )}
      </div>
    </section>
  );
}

function Bubble({ line, follows }: { line: TranscriptLine; follows: boolean }) {
  const { t } = useTranslation();
  return (
    <li
      className={classes.line}
      data-role={line.role}
      data-final={line.final}
      data-testid="transcript-line"
    >
      {!follows && (
        <span className={classes.speaker}>
          {line.role === 'agent' ? t('phone.agent') : t('phone.you')}
        </span>
      )}
      <p className={classes.bubble} dir="auto">
        {line.text === '' ? <Dots /> : line.text}
      </p>
    </li>
  );
}

function Dots() {
  return (
    <span className={classes.dots} aria-hidden="true">
      <i />
      <i />
      <i />
    </span>
  );
}

function Nothing({ state }: { state: CallState }) {
  const { t } = useTranslation();
  if (state.phase === 'over' && state.openedAt !== null)
    return <p className={`${classes.nothing ?? ''} soft`}>{t('transcript.nothingSaid')}</p>;
  return (
    <div className={classes.nothing}>
      <IconMessageCircle size={32} stroke={1.4} aria-hidden="true" className={classes.picture} />
      <p className={classes.title}>{t('transcript.emptyTitle')}</p>
      <p className="soft">{t('transcript.emptyIntro')}</p>
      <ul className={classes.suggestions} data-faded={isUnderWay(state)}>
        <li>{t('transcript.suggestions.hours')}</li>
        <li>{t('transcript.suggestions.book')}</li>
        <li>{t('transcript.suggestions.where')}</li>
      </ul>
    </div>
  );
}
