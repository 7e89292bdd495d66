/** Reads and cross-checks the environment files. Everything wrong is a ConfigProblem of one sentence. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse, YAMLParseError } from 'yaml';
import { type EnvironmentConfig, environmentConfigSchema } from '../lib/aws/environment-config.ts';
import { nearestName } from '../lib/core/policy/nearest.ts';
import { parsePolicy } from '../lib/core/policy/parse.ts';
import type { Policy } from '../lib/core/policy/policy.ts';
import { checkAcross, checkWithin, checkWithPolicy } from './config-checks.ts';
import { ConfigProblem, sentenceOf } from './problem.ts';

/** One environment, ready to synthesize. */
export interface Environment {
  readonly config: EnvironmentConfig;
  readonly policy: Policy;
  readonly policyText: string;
}

/** `folder`: the project's folder, with `config/` in it; policy files are relative to it. */
export function loadEnvironment(name: string | undefined, folder: string): Environment {
  const files = environmentFiles(folder);
  const known = [...files.keys()];
  if (name === undefined || name === '') {
    throw new ConfigProblem(`which environment? add -c env=<${known.join('|')}>`);
  }
  if (!files.has(name)) {
    const near = nearestName(name, known);
    const hint = near === null ? `there are ${known.join(', ')}` : `did you mean ${near}?`;
    throw new ConfigProblem(
      `unknown environment ${JSON.stringify(name)}: there is no config/${name}.yaml; ${hint}`,
    );
  }
  // All of them, not only the one that is asked for: what two environments share is seen only in both.
  const all = new Map([...files].map(([each, text]) => [each, readConfig(each, text)]));
  checkAcross(all);
  const config = all.get(name);
  if (config === undefined) throw new ConfigProblem(`config/${name}.yaml cannot be read`);
  const policyText = readPolicyText(config.policy, name, folder);
  const policy = readPolicy(config.policy, policyText);
  checkWithPolicy(`config/${name}.yaml`, config, policy);
  return { config, policy, policyText };
}

/** Name of each environment → text of its file. */
function environmentFiles(folder: string): ReadonlyMap<string, string> {
  const config = path.join(folder, 'config');
  try {
    const names = readdirSync(config).filter((each) => each.endsWith('.yaml'));
    if (names.length > 0) {
      return new Map(
        names
          .sort()
          .map((each) => [each.slice(0, -'.yaml'.length), readFileSync(path.join(config, each), 'utf8')]),
      );
    }
  } catch (error) {
    throw new ConfigProblem(
      `the folder config/ cannot be read (${codeOf(error)}): run from the project's folder`,
    );
  }
  throw new ConfigProblem('there is no environment: write config/<environment>.yaml, see docs/deploy.md');
}

function readConfig(name: string, text: string): EnvironmentConfig {
  const file = `config/${name}.yaml`;
  const parsed = environmentConfigSchema.safeParse(readYaml(file, text));
  if (!parsed.success) throw new ConfigProblem(sentenceOf(file, parsed.error));
  if (parsed.data.environment !== name) {
    throw new ConfigProblem(
      `${file}: environment is ${parsed.data.environment}, but the file is named for ${name}; they must be the same`,
    );
  }
  checkWithin(file, parsed.data);
  return parsed.data;
}

function readYaml(file: string, text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch (error) {
    if (!(error instanceof YAMLParseError))
      throw new ConfigProblem(`${file} is not YAML: aliases are not read`);
    const at = error.linePos?.[0];
    const message = error.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '');
    throw new ConfigProblem(`${file}:${at?.line ?? 1}:${at?.col ?? 1} is not YAML: ${message}`);
  }
}

function readPolicyText(file: string, name: string, folder: string): string {
  try {
    return readFileSync(path.join(folder, file), 'utf8');
  } catch (error) {
    throw new ConfigProblem(
      `config/${name}.yaml: policy names ${file}, which cannot be read (${codeOf(error)})`,
    );
  }
}

function readPolicy(file: string, text: string): Policy {
  const parsed = parsePolicy(text);
  if (parsed.ok) return parsed.policy;
  const first = parsed.problems[0];
  throw new ConfigProblem(
    first === undefined
      ? `${file} is not a policy`
      : `${file}:${first.line}:${first.column}: ${first.path === '' ? '' : `${first.path}: `}${first.message}`,
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
