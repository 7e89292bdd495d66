/** `recourse policy check|explain`. */
import { effectivePolicy, explainPolicy } from '../../lib/core/policy/explain.ts';
import { parsePolicy } from '../../lib/core/policy/parse.ts';
import { loadPolicy, readPolicyFile, requireEnvironment } from '../policy-file.ts';

export function check(file: string, options: { json?: boolean }): void {
  const parsed = parsePolicy(readPolicyFile(file));
  const problems = parsed.ok ? [] : parsed.problems;
  if (options.json) print(JSON.stringify({ file, ok: parsed.ok, problems }, null, 2));
  else if (parsed.ok) print(`${file}: no problems`);
  else for (const { line, column, message } of problems) print(`${file}:${line}:${column}: ${message}`);
  process.exitCode = parsed.ok ? 0 : 1;
}

export function explain(options: { env: string; policy?: string; json?: boolean }): void {
  const { policy, provenance } = loadPolicy(options.policy);
  requireEnvironment(policy, options.env);
  print(
    options.json
      ? JSON.stringify(effectivePolicy(policy, options.env, provenance), null, 2)
      : explainPolicy(policy, options.env, provenance),
  );
}

function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}
