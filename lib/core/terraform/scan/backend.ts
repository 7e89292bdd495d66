/** The backend of the root module: where state is read from and written to. */

import type { Finding } from '../../finding.ts';
import { type Block, type Body, literalText, printTokens } from './body.ts';
import { listItems, objectEntries } from './expression.ts';
import { isOff, type Setting, settingsOf, suspiciousSetting } from './provider-settings.ts';
import { resolveInside } from './snapshot-path.ts';
import type { Token } from './token.ts';

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
    const value = `${setting.path} = ${printTokens(setting.tokens)}`;
    if (type === 'local') {
      const why = localPathProblem(setting.name, literalText(setting.tokens));
      if (why !== null)
        findings.push(finding('local_backend_path', 'unapproved_backend', address, why, value));
      continue;
    }
    const why = stateSettingProblem(setting);
    const verdict = suspiciousSetting(setting);
    if (why !== null) findings.push(finding('backend_setting', 'unapproved_backend', address, why, value));
    if (verdict !== null && (why === null || verdict.class === 'code_execution'))
      findings.push(finding('backend_setting', verdict.class, address, verdict.why, value));
  }
  return findings;
}

/** The local backend has two settings, and neither may lead to a workspace's state or out of the folder. */
function localPathProblem(name: string, text: string | null): string | null {
  if (name !== 'path' && name !== 'workspace_dir')
    return `the local backend's setting ${name} is not known to be harmless`;
  // Resolved against an empty folder: null means that it leaves the root module.
  const path = text === null ? null : resolveInside('', text);
  if (text === null || path === null) return `the local backend's ${name} leaves the root module folder`;
  if (/[\\\p{Cc}\p{Cf}]/u.test(text)) return `the local backend's ${name} is not a plain path`;
  if (path === '') return name === 'path' ? "the local backend's path names no file" : null;
  const steps = path.split('/').map(foldedName);
  if (steps.includes(WORKSPACES_FOLDER))
    return `the local backend's ${name} names ${WORKSPACES_FOLDER}, where the states of all workspaces lie`;
  if (steps.includes('.terraform') || steps.includes('terraform.d'))
    return `the local backend's ${name} names a folder of terraform's own`;
  // `FOLDER/WORKSPACE/terraform.tfstate` is where a workspace's state lies below any workspace_dir.
  if (steps.length > 2 && steps.at(-1) === 'terraform.tfstate')
    return `the local backend's ${name} names the state of a workspace`;
  return null;
}

const WORKSPACES_FOLDER = 'terraform.tfstate.d';

/** A name as file systems compare it that do not tell cases or compositions apart. */
function foldedName(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[. ]+$/, '');
}

/** What names another workspace's state or reaches the state as somebody else, somewhere else. */
function stateSettingProblem(setting: Setting): string | null {
  const { path, tokens } = setting;
  if (isOff(setting)) return null;
  if (/(^|[._])(key|prefix|path|name)$/.test(path) && tokens.length > 0) {
    const text = spelled(tokens);
    if (text === null) return `the backend's ${path} is computed, so nobody can say which state it names`;
    if (/env:|terraform\.tfstate\.d/i.test(text))
      return `the backend's ${path} names the state of a workspace`;
  }
  if (REACHES_ELSEWHERE.test(path))
    return `the backend's ${path} decides where, or as whom, the state is reached`;
  return null;
}

const REACHES_ELSEWHERE =
  /(^|\.|_)(endpoints?|address|hostname|host|url|urls|uri|conn_str|role_arn|assume_role\w*|session_name|external_id|source_identity|profile|shared_\w+|access_key|access_token|secret_key|secret_id|token|security_token|password|username|credentials|client_secret|client_certificate\w*|sas_token|impersonate_\w+|custom_ca\w*|ca_file|skip_\w+|insecure|metadata_host|use_path_style|force_path_style|environment|proxy|\w+_proxy|config_\w+|kubeconfig|exec)$/;

/**
 * The text of a value, without what it refers to (which a backend refuses to evaluate); null where it is put
 * together from texts, which a backend does evaluate.
 */
function spelled(tokens: readonly Token[]): string | null {
  const code = tokens.filter((token) => token.kind !== 'newline');
  if (code.every((token) => token.kind !== 'text')) return '';
  const [only] = code;
  if (code.length !== 1 || only?.kind !== 'text') return null;
  let text = '';
  for (const part of only.parts) {
    if (part.kind === 'literal') text += part.text;
    else if (part.kind === 'directive' || part.tokens.some((token) => token.kind === 'text')) return null;
  }
  return text;
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
