import { Stop } from './stop.ts';

/** `15m`, `1h`, `90s`, `1h30m` as seconds; stops on anything else. */
export function parseDuration(flag: string, text: string): number {
  const match = /^(?:(\d{1,3})h)?(?:(\d{1,4})m)?(?:(\d{1,6})s)?$/.exec(text);
  const [, hours = '0', minutes = '0', seconds = '0'] = match ?? [];
  const total = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  if (match === null || total === 0) {
    throw new Stop(`${flag} ${text} is not a time; write one such as 15m, 1h or 1h30m`);
  }
  return total;
}
