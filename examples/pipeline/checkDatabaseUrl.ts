import { ForeseenError } from './ForeseenError.js';

/** Throws if it cannot be the address of a database. What it is instead is not told, for there may be a password in it. */
export function checkDatabaseUrl(url: string): void {
  if (/^postgres(ql)?:\/\//.test(url) && URL.canParse(url)) return;
  throw new ForeseenError(
    'DATABASE_URL should be an address like postgres://user:password@host:5432/name, in which / ? # @ of a password are %2F %3F %23 %40',
  );
}
