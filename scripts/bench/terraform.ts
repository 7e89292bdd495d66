/** Bare terraform over the same kind of folder: what an agent would wait for without a gateway. */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { childrenTime, elapsed } from './cpu-time.ts';
import type { Sample } from './row.ts';

const run = promisify(execFile);

/** Needs no provider but the one inside terraform: no network takes part. */
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

export async function hasTerraform(): Promise<boolean> {
  return run('terraform', ['version']).then(
    () => true,
    () => false,
  );
}

/** A folder with a module that has never been initialised. */
export function moduleIn(parent: string, name: string): string {
  const folder = path.join(parent, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'main.tf'), CONFIGURATION);
  return folder;
}

export async function initialise(cwd: string): Promise<void> {
  await run('terraform', ['init', '-input=false', '-no-color'], { cwd });
}

export function barePlan(cwd: string): Promise<Sample> {
  return inTurn(cwd, [
    ['init', '-input=false', '-no-color'],
    ['plan', '-input=false', '-no-color', '-out=tfplan'],
    ['show', '-json', 'tfplan'],
  ]);
}

export function bareApply(cwd: string): Promise<Sample> {
  return inTurn(cwd, [['apply', '-input=false', '-no-color', 'tfplan']]);
}

async function inTurn(cwd: string, commands: readonly (readonly string[])[]): Promise<Sample> {
  const cpu = childrenTime();
  const began = performance.now();
  for (const args of commands) await run('terraform', args, { cwd });
  return { wall: performance.now() - began, cpu: elapsed(cpu, childrenTime()) };
}
