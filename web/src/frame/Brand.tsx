/** The mark and the name. */

import classes from './Brand.module.css';

export function Brand() {
  return (
    <span className={classes.brand} dir="ltr">
      <svg viewBox="0 0 32 32" width="30" height="30" aria-hidden="true" className={classes.mark}>
        <rect width="32" height="32" rx="9" />
        <path d="M8 14.5v3M12 11.5v9M16 8v16M20 11.5v9M24 14.5v3" />
      </svg>
      <span className={classes.name}>prosaasil</span>
    </span>
  );
}
