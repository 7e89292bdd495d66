/** The generated part of docs/costs.md. */
import { ASSUMED, PRICES, usdOf } from './prices.ts';
import type { Tally } from './tally.ts';

export interface Operation {
  readonly name: string;
  readonly tally: Tally;
}

export const MARKERS = ['<!-- costs: generated -->', '<!-- costs: end -->'] as const;

export function costTables(operations: readonly Operation[], gigabytes: (name: string) => number): string {
  const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((a, b) => a + b, 0);
  const calls = operations.map(({ name, tally }) =>
    row(
      name,
      tally.requests,
      sum(tally.invocations),
      tally.dynamoReads,
      tally.dynamoWrites,
      tally.s3Gets,
      tally.s3Puts,
      tally.kms,
      tally.secrets,
      tally.transitions,
      tally.containerBuilds + tally.lambdaBuilds,
      tally.mails,
    ),
  );
  const dollars = operations.map(({ name, tally }) => {
    const usd = usdOf(tally, gigabytes);
    const builds = usd - usdOf({ ...tally, containerBuilds: 0, lambdaBuilds: 0 }, gigabytes);
    return row(name, shown(usd), shown(usd * 1_000), `${Math.round((builds / usd) * 100)} %`);
  });
  const prices = Object.values(PRICES).map(({ what, usd, per, unit }) =>
    row(what, `${usd} per ${per === 1 ? '' : `${per.toLocaleString('en-US')} `}${unit}`),
  );
  return [
    row(
      'operation',
      'HTTP requests',
      'Lambda',
      'DynamoDB reads',
      'writes',
      'S3 gets',
      'S3 puts, lists',
      'KMS',
      'secrets',
      'transitions',
      'builds',
      'mails',
    ),
    `| --- |${' ---: |'.repeat(11)}`,
    ...calls,
    '',
    row('operation', 'USD for one', 'USD for 1,000', 'of it builds, and waiting for them'),
    '| --- | ---: | ---: | ---: |',
    ...dollars,
    '',
    row('list price, eu-west-1 (assumed)', 'USD'),
    '| --- | --- |',
    ...prices,
    '',
    `Assumed as well: ${ASSUMED.seconds} s for an invocation, and ${ASSUMED.waitingSeconds} s more where a call waits for builds; ` +
      `${ASSUMED.unitsPerRead} units for a read and ${ASSUMED.unitsPerWrite} for a write; ${ASSUMED.containerMinutes} minutes for a build in a ` +
      `container and ${ASSUMED.lambdaBuildSeconds} s for one on Lambda compute.`,
  ].join('\n');
}

function row(...cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** Two digits that mean something. */
function shown(usd: number): string {
  return usd.toFixed(Math.max(2, 1 - Math.floor(Math.log10(usd))));
}
