/**
 * The main job, watched: an agent plans, is stopped, a human approves, exactly that is applied, once.
 * Real gateway, real terraform, a scratch folder that goes away at the end.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import type { ToolAnswer } from '../lib/gateway.ts';

const run = promisify(execFile);
const RECOURSE = path.resolve('dist/recourse.mjs');
const HUMAN_WAIT_MS = 600_000;

/** No provider is needed: the demo reaches no network. */
const CONFIGURATION = `variable "greeting" {
  type    = string
  default = "hello"
}

resource "terraform_data" "service" {
  input = { greeting = var.greeting, replicas = 3 }
}

resource "terraform_data" "dns" {
  input = terraform_data.service.id
}
`;

let steps = 0;

await requireTerraform();
const scratch = mkdtempSync(path.join(tmpdir(), 'recourse-demo-'));
try {
  await demo(path.join(scratch, 'infra'), path.join(scratch, 'state'));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function demo(root: string, state: string): Promise<void> {
  mkdirSync(root);
  writeFileSync(path.join(root, 'main.tf'), CONFIGURATION);
  say('The gateway starts for prod. The agent gets MCP on its stdin and stdout; no credentials.');
  const client = new Client({ name: 'demo-agent', version: '1.0.0' });
  const args = [
    RECOURSE,
    'gateway',
    'serve',
    '-e',
    'prod',
    '--root',
    root,
    '--state',
    state,
    '--agent',
    'demo-agent',
  ];
  await client.connect(new StdioClientTransport({ command: process.execPath, args, stderr: 'ignore' }));
  try {
    await mainJob(client, state);
  } finally {
    await client.close();
  }
  say('An auditor checks the record, now that the gateway has stopped.');
  const { stdout } = await run(process.execPath, [RECOURSE, 'audit', 'verify', '--state', state]);
  console.log(`   $ recourse audit verify\n   ${stdout.trim()}`);
}

async function mainJob(client: Client, state: string): Promise<void> {
  say('The agent plans a change.');
  const plan = await call(client, 'gateway_terraform_plan', {});
  const planId = expectId(plan.plan_id, plan);

  say('It tries to apply without asking.');
  await call(client, 'gateway_terraform_apply', { plan_id: planId });

  say('It tries to destroy everything instead.');
  await call(client, 'gateway_terraform_destroy', {});

  say('It asks the humans.');
  const reason = 'Release 42 needs the new greeting.';
  const asked = await call(client, 'gateway_request_approval', { plan_id: planId, reason });
  await decide(state, expectId(asked.approval_id, asked));
  const decided = await call(client, 'gateway_check_approval', { approval_id: asked.approval_id });
  if (decided.status !== 'approved')
    throw new Error(`the approval is ${decided.status}, so the demo ends here`);

  say('It applies exactly the plan that was approved.');
  const applied = await call(client, 'gateway_terraform_apply', { plan_id: planId });
  for (const line of (applied.output ?? '').trim().split('\n').slice(-3))
    console.log(`   terraform: ${line}`);

  say('It applies once more.');
  await call(client, 'gateway_terraform_apply', { plan_id: planId });
}

/** A person decides on the page; where no person is at a terminal, the demo votes and says so. */
async function decide(state: string, approvalId: string): Promise<void> {
  const control = await controlFile(state);
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    say(
      'No human is at a terminal: the demo votes through the control API, as the person at this machine could.',
    );
    return vote(control, approvalId);
  }
  const { stdout } = await run(process.execPath, [RECOURSE, 'console', '--print', '--state', state]);
  say('Now you are the human. Decide here (the link works once):');
  console.log(`   ${stdout.trim()}\n   … or press Enter to let the demo approve.`);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const pressed = terminal.question('').then(() => vote(control, approvalId));
  const seen = waitForDecision(control, approvalId);
  try {
    await Promise.race([pressed, seen]);
  } finally {
    terminal.close();
  }
}

async function waitForDecision(control: Control, approvalId: string): Promise<void> {
  const until = Date.now() + HUMAN_WAIT_MS;
  while (Date.now() < until) {
    const response = await fetch(`${control.url}/api/approvals/${approvalId}`, { headers: bearer(control) });
    const approval: { status: string } = JSON.parse(await response.text());
    if (approval.status !== 'pending') return;
    await sleep(500);
  }
}

async function vote(control: Control, approvalId: string): Promise<void> {
  const response = await fetch(`${control.url}/api/approvals/${approvalId}/decision`, {
    method: 'POST',
    headers: { ...bearer(control), 'Content-Type': 'application/json' },
    body: JSON.stringify({ verdict: 'approve', reason: 'Looks right.' }),
  });
  const answer = await response.text();
  if (!response.ok) throw new Error(`the control API answered ${response.status}: ${answer}`);
  const { approver, status }: { approver: string; status: string } = JSON.parse(answer);
  console.log(`   POST /api/approvals/${approvalId}/decision → ${status} by ${approver}`);
}

interface Control {
  readonly url: string;
  readonly token: string;
}

function bearer({ token }: Control): Record<string, string> {
  return { Authorization: `Bearer ${token}` };
}

async function controlFile(state: string): Promise<Control> {
  for (let tries = 0; tries < 50; tries += 1) {
    try {
      return JSON.parse(readFileSync(path.join(state, 'control.json'), 'utf8'));
    } catch {
      await sleep(100);
    }
  }
  throw new Error('the console did not start');
}

async function call(client: Client, name: string, args: Record<string, unknown>): Promise<ToolAnswer> {
  console.log(`   ${name} ${JSON.stringify(args)}`);
  const result = await client.callTool({ name, arguments: args });
  const answer: ToolAnswer = JSON.parse(JSON.stringify(result.structuredContent));
  console.log(
    `   → ${answer.decision.toUpperCase()}, ${answer.status}${answer.error ? ` (${answer.error.code})` : ''}`,
  );
  const why = answer.error?.message ?? answer.reasons?.[0]?.message;
  if (why !== undefined) console.log(`     ${why}`);
  for (const change of answer.evaluation?.changes ?? []) {
    console.log(`     ${change.action} ${change.address}: tier ${change.tier}, ${change.tier_label}`);
  }
  return answer;
}

function expectId(id: string | undefined, answer: ToolAnswer): string {
  if (id === undefined) throw new Error(`the gateway gave no id: ${JSON.stringify(answer)}`);
  return id;
}

function say(text: string): void {
  steps += 1;
  console.log(`\n${steps}. ${text}`);
}

async function requireTerraform(): Promise<void> {
  try {
    await run('terraform', ['version']);
  } catch {
    console.error(
      'The demo needs terraform on the PATH and found none. Install it (developer.hashicorp.com/terraform/install), then run this again.',
    );
    process.exit(1);
  }
}
