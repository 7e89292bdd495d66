/** Findings about the blocks of one module: what they run and what they read. */

import type { Finding, FindingClass } from '../../finding.ts';
import { type Block, type Body, literalText, printTokens } from './body.ts';
import { judgeDataArgument, judgeDataSource, judgeEphemeral } from './data-sources.ts';
import { type FileArgument, fileArguments, localEffect } from './file-arguments.ts';
import { judgeExpression, pathInSnapshot, type Surroundings } from './judge-expressions.ts';
import { settingsOf } from './provider-settings.ts';
import type { Token } from './token.ts';

/** Judges a module's files. `around.address` is the module's address prefix (`module.net`, empty for the root). */
export function judgeModule(bodies: readonly Body[], around: Surroundings): readonly Finding[] {
  const findings: Finding[] = [];
  for (const body of bodies) {
    for (const attribute of body.attributes)
      findings.push(
        say(
          around,
          '',
          'unknown_block',
          'code_execution',
          `the argument ${attribute.name} stands outside any block`,
          attribute,
        ),
      );
    for (const block of body.blocks) findings.push(...judgeBlock(block, around));
  }
  return findings;
}

const KNOWN_BLOCKS = new Set(
  'resource data ephemeral provider variable output locals module terraform moved removed import check'.split(
    ' ',
  ),
);
const KNOWN_TERRAFORM_BLOCKS = new Set(['required_providers', 'backend', 'cloud', 'provider_meta']);
const KNOWN_TERRAFORM_ARGUMENTS = new Set(['required_version', 'experiments', 'language']);

function judgeBlock(block: Block, around: Surroundings): readonly Finding[] {
  const address = addressOf(block, around.address);
  const here = { ...around, address };
  const findings: Finding[] = [...judgeExpressions(block, here, '')];
  const add = (rule: string, kind: FindingClass, why: string) =>
    findings.push({
      rule,
      class: kind,
      tier: null,
      address,
      why,
      evidence: [{ path: block.type, value: block.labels.join('.') }],
    });
  if (!KNOWN_BLOCKS.has(block.type))
    add(
      'unknown_block',
      'code_execution',
      `a block of type ${block.type} is not known; nobody can say what it runs`,
    );
  const [type = ''] = block.labels;
  if (block.type === 'data') {
    const verdict = judgeDataSource(type);
    if (verdict !== null) add(verdict.rule, verdict.class, verdict.why);
    for (const { name, tokens } of block.body.attributes) {
      const argument = judgeDataArgument(type, name, printTokens(tokens) === 'false');
      if (argument !== null) add(argument.rule, argument.class, argument.why);
    }
  }
  if (block.type === 'ephemeral') {
    const verdict = judgeEphemeral(type);
    if (verdict !== null) add(verdict.rule, verdict.class, verdict.why);
  }
  if (block.type === 'resource') {
    const effect = localEffect(type);
    if (effect !== null) add('local_effect', 'code_execution', `${type} ${effect}`);
  }
  if (block.type === 'resource' || block.type === 'data')
    findings.push(...judgeFileArguments(block, type, here));
  if (
    block.type === 'resource' ||
    block.type === 'data' ||
    block.type === 'removed' ||
    block.type === 'ephemeral'
  )
    findings.push(...judgeProvisioners(block.body, here, true));
  if (block.type === 'terraform') findings.push(...judgeTerraform(block, here));
  if (block.type === 'check')
    for (const inner of block.body.blocks)
      if (inner.type === 'data') findings.push(...judgeBlock(inner, here));
  return findings;
}

/** Every expression at any depth. Nested `data` blocks of a check are walked as blocks of their own. */
function judgeExpressions(block: Block, around: Surroundings, prefix: string): readonly Finding[] {
  return [
    ...block.body.attributes.flatMap((attribute) =>
      judgeExpression(attribute.tokens, {
        ...around,
        path: prefix + attribute.name,
        inType: block.type === 'variable' && prefix === '' && attribute.name === 'type',
      }),
    ),
    ...block.body.blocks
      .filter((inner) => !(prefix === '' && block.type === 'check' && inner.type === 'data'))
      .flatMap((inner) => judgeExpressions(inner, around, `${prefix}${inner.type}.`)),
  ];
}

/** A provisioner at any depth; `connection` where terraform reads it (deeper it may be a provider's own name). */
function judgeProvisioners(body: Body, around: Surroundings, top: boolean): readonly Finding[] {
  const findings: Finding[] = [];
  for (const block of body.blocks) {
    const name = block.type === 'dynamic' ? (block.labels[0] ?? '') : block.type;
    if (name === 'provisioner')
      findings.push(
        say(
          around,
          'provisioner',
          'provisioner',
          'code_execution',
          `a provisioner (${block.labels.join(' ')}) runs code at apply`,
          block,
        ),
      );
    if (name === 'connection' && top)
      findings.push(
        say(
          around,
          'connection',
          'connection',
          'code_execution',
          'a connection block logs in to a machine to run code there',
          block,
        ),
      );
    findings.push(...judgeProvisioners(block.body, around, false));
  }
  for (const attribute of body.attributes)
    if (top && (attribute.name === 'provisioner' || attribute.name === 'connection'))
      findings.push(
        say(
          around,
          attribute.name,
          'provisioner',
          'code_execution',
          `${attribute.name} is a block of terraform’s own`,
          attribute,
        ),
      );
  return findings;
}

function judgeFileArguments(block: Block, type: string, around: Surroundings): readonly Finding[] {
  const settings = settingsOf(block.body);
  return fileArguments(type).flatMap((argument) =>
    settings
      .filter((setting) => setting.path === argument.path && !isHarmless(argument, setting.tokens, around))
      .map((setting) => {
        const runs = argument.access === 'run';
        const what = runs ? 'run a program' : 'use a local path that is not provably inside the snapshot';
        return {
          rule: 'file_argument',
          class: runs ? ('code_execution' as const) : ('reads_outside_snapshot' as const),
          tier: null,
          address: around.address,
          why: `${type}.${setting.path} makes the provider ${what}`,
          evidence: [{ path: setting.path, value: printTokens(setting.tokens) }],
        };
      }),
  );
}

function isHarmless(argument: FileArgument, tokens: readonly Token[], around: Surroundings): boolean {
  if (argument.access === 'run') return false;
  const text = literalText(tokens);
  if (argument.access === 'chart' && text !== null && !/^[.~/]/.test(text)) return true;
  const inside = pathInSnapshot(tokens, tokens, around);
  return inside !== null && (argument.access !== 'file' || around.files.has(inside));
}

function judgeTerraform(block: Block, around: Surroundings): readonly Finding[] {
  const unknown = [
    ...block.body.attributes
      .filter((attribute) => !KNOWN_TERRAFORM_ARGUMENTS.has(attribute.name))
      .map((attribute) => ({ name: attribute.name, line: attribute.line })),
    ...block.body.blocks
      .filter((inner) => !KNOWN_TERRAFORM_BLOCKS.has(inner.type))
      .map((inner) => ({ name: inner.type, line: inner.line })),
  ];
  return unknown.map((item) =>
    say(
      around,
      item.name,
      'unknown_terraform_setting',
      'code_execution',
      `the terraform setting ${item.name} is not known; it may run a program`,
      item,
    ),
  );
}

function addressOf(block: Block, prefix: string): string {
  const name = block.labels.join('.');
  if (block.type === 'resource') return join(prefix, name);
  return join(prefix, name === '' ? block.type : `${block.type}.${name}`);
}

function join(prefix: string, name: string): string {
  return prefix === '' ? name : `${prefix}.${name}`;
}

function say(
  around: Surroundings,
  path: string,
  rule: string,
  kind: FindingClass,
  why: string,
  where: { readonly line: number },
): Finding {
  return {
    rule,
    class: kind,
    tier: null,
    address: around.address,
    why,
    evidence: [{ path, value: `line ${where.line}` }],
  };
}
