/**
 * How long things take, beside the peer and beside doing without a gateway, all in one run.
 * `npm run bench [-- --json] [-- --row TEXT]`. See docs/benchmark.md.
 */
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { openCloud } from './bench/cloud.ts';
import { findPeer, PEER } from './bench/peer.ts';
import { LEGEND, type RowReport, reportOf, reportText } from './bench/report.ts';
import { runRow } from './bench/row.ts';
import { OURS, rowsOf } from './bench/rows.ts';
import { openScene } from './bench/scene.ts';

const CHANGES = 10_000;
/** What is left of three minutes is for preparing and for the rounds that are running at the end. */
const MEASURE_FOR_MS = 120_000;

const { values } = parseArgs({ options: { json: { type: 'boolean' }, row: { type: 'string' } } });
const say = (text: string) => {
  if (values.json !== true) console.log(text);
};

const found = await findPeer();
const peer = 'problem' in found ? null : found;
const notes = 'problem' in found ? [found.problem] : [];
const scene = await openScene(peer, CHANGES);
const cloud = await openCloud(OURS);
if (!scene.terraform) notes.push('terraform is not on the PATH; rows that need it are left out');
const load = loadavg()[0] ?? 0;
say(`node ${process.version}, ${cpus().length} processors, load ${load.toFixed(2)}; peer: ${PEER}`);
for (const note of notes) say(note);
say(`${LEGEND}\n`);

const reports: RowReport[] = [];
try {
  const rows = [...rowsOf(scene), ...cloud.rows].filter(({ name }) => name.includes(values.row ?? ''));
  const end = Date.now() + MEASURE_FOR_MS;
  for (const [done, row] of rows.entries()) {
    // A fair share of what is left, so that a loaded machine makes every row coarser and drops none.
    const share = (end - Date.now()) / (rows.length - done);
    const report = reportOf(row, await runRow(row, Date.now() + share));
    reports.push(report);
    say(`${reportText(report)}\n`);
  }
} finally {
  await Promise.all([scene.close(), cloud.close()]);
}
if (values.json === true) {
  const machine = { node: process.version, processors: cpus().length, load };
  console.log(JSON.stringify({ peer: peer === null ? null : PEER, machine, notes, rows: reports }, null, 2));
}
