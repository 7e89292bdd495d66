/** The rows. To add one: name it, say how often, who does the job and what we aim at. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Contender, Row, Sample } from './row.ts';
import { RECOURSE, ran, type Scene, type Served, started } from './scene.ts';
import type { Command, Session } from './session.ts';
import { bareApply, barePlan, moduleIn } from './terraform.ts';

export const OURS = 'recourse-gateway';
export const PEER_NAME = 'recourse-cli';
const BARE = 'bare terraform';
const PARSE = 'JSON.parse';
const NODE = 'node alone';
const EMPTY = 'ours, empty plan';

const NO_SLOWER = { kind: 'ratio', against: PEER_NAME, atMost: 1 } as const;
const WITHIN_TWICE = { kind: 'ratio', against: PEER_NAME, atMost: 2 } as const;
const WITHIN_150_MS = { kind: 'overhead', against: BARE, atMostMs: 150 } as const;

export function rowsOf(scene: Scene): Row[] {
  const { ours, theirs } = scene;
  return [
    {
      name: 'start to initialize answered',
      rounds: 16,
      aim: NO_SLOWER,
      contenders: [
        who(OURS, () => started(scene.start('used'))),
        ...whoever(PEER_NAME, scene.peerStart, (command) => started(command)),
      ],
    },
    {
      name: 'first start (keys and records are made)',
      rounds: 8,
      aim: NO_SLOWER,
      contenders: [
        who(OURS, () => started(scene.start('new'))),
        ...whoever(PEER_NAME, scene.peerStart, (command) => started(command)),
      ],
    },
    {
      name: 'tools/list, first of a session',
      rounds: 8,
      aim: null,
      contenders: [
        who(OURS, () => firstList(scene.start('used'))),
        ...whoever(PEER_NAME, scene.peerStart, firstList),
      ],
    },
    {
      name: 'tools/list',
      rounds: 16,
      aim: WITHIN_TWICE,
      contenders: [
        who(OURS, () => list(ours.session, CALLS)),
        ...whoever(PEER_NAME, theirs, ({ session }) => list(session, CALLS)),
      ],
    },
    ...(scene.terraform ? planRows(scene) : []),
    evaluateRow('ordinary', scene),
    evaluateRow('dangerous', scene),
  ];
}

/** The whole command over 10,000 changes, beside what reading them and starting alone take. */
function evaluateRow(mood: 'ordinary' | 'dangerous', { peer, planFiles }: Scene): Row {
  const file = planFiles[mood];
  const evaluate = (plan: string) =>
    ran([RECOURSE, 'evaluate', 'terraform', plan, '-e', 'dev', '--json'], [0, 3, 4]);
  const node = (script: string) => ran(['-e', script, file], [0]);
  return {
    name: `evaluate terraform, 10,000 ${mood} changes`,
    rounds: 5,
    aim: { kind: 'beside parsing', parse: PARSE, node: NODE, start: EMPTY, atMost: 2 },
    contenders: [
      who(OURS, () => evaluate(file)),
      ...whoever(PEER_NAME, peer, ({ bin }) => ran([bin, 'evaluate', 'terraform', file], [0, 1])),
      who(PARSE, () => node(`JSON.parse(require('fs').readFileSync(process.argv[1], 'utf8'))`)),
      who(NODE, () => node('0')),
      who(EMPTY, () => evaluate(planFiles.empty)),
    ],
  };
}

/** Rows that need terraform. Apply takes, in each round, a plan that the row before it has left, or makes one. */
function planRows({ root, ours, theirs }: Scene): Row[] {
  const planned: string[] = [];
  const bare: string[] = [];
  let folders = 0;
  const nextFolder = (by: string) => {
    folders += 1;
    return moduleIn(root, `${by}-${folders}`);
  };
  const plan = (cwd: string) => ours.session.call('gateway_terraform_plan', { cwd });
  const planBare = async (folder: string) => {
    const sample = await barePlan(folder);
    bare.push(folder);
    return sample;
  };
  return [
    {
      name: 'gateway_get_plan (ours writes audit)',
      rounds: 16,
      aim: WITHIN_TWICE,
      contenders: [who(OURS, () => lookUp(ours)), ...whoever(PEER_NAME, theirs, lookUp)],
    },
    {
      name: 'terraform plan (bare: init, plan, show)',
      rounds: 8,
      aim: WITHIN_150_MS,
      contenders: [
        who(OURS, () => {
          const cwd = path.basename(nextFolder('ours'));
          return ours.session.watch(async () => {
            planned.push((await plan(cwd)) ?? '');
          });
        }),
        who(BARE, () => planBare(nextFolder('bare'))),
      ],
    },
    {
      name: 'terraform apply (bare: apply)',
      rounds: 8,
      aim: WITHIN_150_MS,
      contenders: [
        who(OURS, async () => {
          const plan_id = planned.shift() ?? (await plan(path.basename(nextFolder('ours'))));
          return ours.session.watch(() => ours.session.call('gateway_terraform_apply', { plan_id }));
        }),
        who(BARE, async () => {
          if (bare.length === 0) await planBare(nextFolder('bare'));
          const folder = bare.shift() ?? '';
          const sample = await bareApply(folder);
          if (!existsSync(path.join(folder, 'terraform.tfstate'))) throw new Error('nothing was applied');
          return sample;
        }),
      ],
    },
  ];
}

/** So many calls are one sample. */
const CALLS = 20;

function firstList(command: Command): Promise<Sample> {
  return started(command, (session) => list(session, 1));
}

function list(session: Session, times: number): Promise<Sample> {
  return session.repeat(times, () => session.request('tools/list'));
}

function lookUp({ session, planId }: Served): Promise<Sample> {
  return session.repeat(CALLS, () => session.call('gateway_get_plan', { plan_id: planId }));
}

function who(name: string, measure: Contender['measure']): Contender {
  return { name, measure };
}

function whoever<T>(
  name: string,
  subject: T | null,
  measure: (subject: T) => ReturnType<Contender['measure']>,
): Contender[] {
  return subject === null ? [] : [who(name, () => measure(subject))];
}
