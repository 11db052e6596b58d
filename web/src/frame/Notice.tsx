/** Something the person should know: what it is, what to do, and perhaps a button for it. */

import type { ReactNode } from 'react';
import classes from './Notice.module.css';

interface Props {
  tone: 'problem' | 'hint';
  icon: ReactNode;
  title?: string;
  children: ReactNode;
  /** Announced at once by screen readers. */
  urgent?: boolean;
}

export function Notice({ tone, icon, title, children, urgent = false }: Props) {
  return (
    <div className={classes.notice} data-tone={tone} role={urgent ? 'alert' : undefined}>
      <span className={classes.icon} aria-hidden="true">
        {icon}
      </span>
      <div className={classes.words}>
        {title !== undefined && <p className={classes.title}>{title}</p>}
        <div className={classes.body}>{children}</div>
      </div>
    </div>
  );
}
