import { Stop } from './stop.ts';

/** The address of an API says its region, unless the operator gave it a name of its own. */
export function regionOf(flag: string, origin: string): string {
  const { hostname } = new URL(origin);
  const named = /\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/.exec(hostname)?.[1];
  const region = named ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? '';
  if (region === '') throw new Stop(`${flag} ${origin}: set AWS_REGION to the region of the gateway`);
  return region;
}
