/** The backend of the root module: where state is read from and written to. */

import type { Finding } from '../../finding.ts';
import { type Block, type Body, literalText, printTokens } from './body.ts';
import { listItems, objectEntries } from './expression.ts';
import type { Token } from './lexer.ts';
import { settingsOf, suspiciousSetting } from './provider-settings.ts';
import { resolveInside } from './snapshot-path.ts';

export interface Backend {
  readonly type: string;
  /** Literal values as JSON; an expression is `{ expression: "…" }`, which a backend cannot evaluate anyway. */
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface BackendReport {
  /** Null: no backend block, so terraform keeps state in the root module folder. */
  readonly backend: Backend | null;
  readonly findings: readonly Finding[];
}

/** `bodies` are the root module's files, override files last; the last backend block wins, all are judged. */
export function readBackend(bodies: readonly Body[], allowed: readonly string[]): BackendReport {
  const inTerraform = bodies
    .flatMap((body) => body.blocks)
    .filter((block) => block.type === 'terraform')
    .flatMap((block) => block.body.blocks);
  const findings: Finding[] = [];
  let backend: Backend | null = null;
  for (const block of inTerraform) {
    if (block.type === 'cloud') {
      findings.push(remoteOperations('cloud', 'a cloud block runs plans on somebody else’s machines'));
      backend = { type: 'cloud', settings: plainSettings(block.body) };
    }
    if (block.type !== 'backend') continue;
    const type = block.labels[0] ?? '';
    backend = { type, settings: plainSettings(block.body) };
    findings.push(...judgeBackend(type, block, allowed));
  }
  return { backend, findings };
}

function judgeBackend(type: string, block: Block, allowed: readonly string[]): readonly Finding[] {
  const address = `terraform.backend.${type}`;
  if (type === 'remote')
    return [remoteOperations('remote', 'the remote backend runs plans on somebody else’s machines')];
  const findings: Finding[] = [];
  if (!allowed.includes(type)) {
    findings.push(
      finding(
        'unapproved_backend',
        'unapproved_backend',
        address,
        `the backend "${type}" is not one that the operator configured`,
        type,
      ),
    );
  }
  for (const setting of settingsOf(block.body)) {
    const text = literalText(setting.tokens);
    if (type === 'local' && (setting.name === 'path' || setting.name === 'workspace_dir')) {
      // Resolved against an empty folder: null means that it leaves the root module.
      if (text === null || resolveInside('', text) === null)
        findings.push(
          finding(
            'local_backend_path',
            'unapproved_backend',
            address,
            `the local backend's ${setting.name} leaves the root module folder`,
            printTokens(setting.tokens),
          ),
        );
      continue;
    }
    const verdict = suspiciousSetting(setting);
    if (verdict !== null)
      findings.push(
        finding(
          'backend_setting',
          verdict.class,
          address,
          verdict.why,
          `${setting.path} = ${printTokens(setting.tokens)}`,
        ),
      );
  }
  return findings;
}

function remoteOperations(type: string, why: string): Finding {
  return finding('remote_operations', 'remote_operations_backend', `terraform.${type}`, why, type);
}

function finding(rule: string, kind: Finding['class'], address: string, why: string, value: string): Finding {
  return { rule, class: kind, tier: null, address, why, evidence: [{ path: 'backend', value }] };
}

function plainSettings(body: Body): Readonly<Record<string, unknown>> {
  return Object.fromEntries([
    ...body.attributes.map((attribute) => [attribute.name, plainValue(attribute.tokens)] as const),
    ...body.blocks.map((block) => [block.type, plainSettings(block.body)] as const),
  ]);
}

function plainValue(tokens: readonly Token[]): unknown {
  const code = tokens.filter((token) => token.kind !== 'newline');
  const text = literalText(code);
  if (text !== null) return text;
  const [word] = code;
  if (code.length === 1 && word?.kind === 'word') {
    if (word.text === 'true' || word.text === 'false') return word.text === 'true';
    if (word.text === 'null') return null;
    if (/^[0-9]/.test(word.text)) return Number(word.text);
  }
  const items = listItems(tokens);
  if (items !== null) return items.map(plainValue);
  const entries = objectEntries(tokens);
  if (entries?.every((entry) => entry.key !== null))
    return Object.fromEntries(entries.map((entry) => [entry.key, plainValue(entry.value)]));
  return { expression: printTokens(tokens) };
}
