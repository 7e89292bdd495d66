/**
 * Terraform, providers and cloud libraries take programs to run from the operator's settings: provider mirrors,
 * development overrides, credential processes. Where an agent can write those, its code runs unscanned.
 */
import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { laneEnvironment } from '../lane-environment.ts';
import { isInReach } from '../reach.ts';

/** One sentence that names what agents could write; null where there is nothing of the kind. */
export function settingsInReach(
  env: Readonly<Record<string, string | undefined>>,
  untrusted: readonly string[],
): string | null {
  const passed = Object.entries(laneEnvironment('terraform-apply', env, untrusted));
  for (const [name, value] of passed) {
    if (name === 'PATH' || name.startsWith('TF_VAR_') || value === '') continue;
    if (isAbsolute(value) ? isInReach(value, untrusted) : NAMES_PLACE.test(name)) {
      return `${name} names ${value}, which lies inside the root (or depends on the folder), where agents write. ${REMEDY}`;
    }
  }
  const home = env.HOME ?? '/nonexistent';
  const files = [
    env.TF_CLI_CONFIG_FILE ?? '',
    ...HOME_SETTINGS.map((path) => join(home, path)),
    ...(env.XDG_CONFIG_HOME === undefined
      ? []
      : XDG_SETTINGS.map((path) => join(env.XDG_CONFIG_HOME ?? '', path))),
  ].filter((file) => file !== '' && existsSync(file));
  const linked = files.find((file) => isInReach(file, untrusted));
  if (linked !== undefined) return `${linked} is a link into the root, where agents write. ${REMEDY}`;
  for (const file of files) {
    const named = namedInReach(textOf(file), untrusted);
    if (named !== null)
      return `${file} names ${named}, which lies inside the root, where agents write. ${REMEDY}`;
  }
  return null;
}

const REMEDY = 'Point it elsewhere, or choose a root that does not hold it, and start the gateway again.';

/** Relative ones would be looked up in the agent's own source. */
const NAMES_PLACE =
  /^(HOME|TMPDIR|XDG_CONFIG_HOME|CLOUDSDK_CONFIG|GOOGLE_APPLICATION_CREDENTIALS)$|_(FILE|DIR|BUNDLE)$/;

const HOME_SETTINGS: readonly string[] = [
  '.terraformrc',
  '.tofurc',
  '.terraform.d',
  '.terraform.d/plugins',
  '.terraform.d/credentials.tfrc.json',
  '.local/share/terraform/plugins',
  '.config',
  '.config/gcloud',
  '.aws',
  '.aws/config',
  '.aws/credentials',
  '.azure',
];
const XDG_SETTINGS: readonly string[] = ['opentofu', 'opentofu/tofurc', 'terraform'];

/** Empty for a folder. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Any path in a settings file counts, whatever setting it belongs to; and a provider's that is not absolute. */
function namedInReach(text: string, untrusted: readonly string[]): string | null {
  const paths = [...text.matchAll(/(?<![\w:/.-])\/[^\s"'\n,;]+|(?<=")\/[^"\n]+/g)].map(([path]) => path);
  const relative = [...text.matchAll(/\b(?:filesystem_mirror|dev_overrides)\b[^{]*\{([^}]*)\}/g)].flatMap(
    ([, body = '']) =>
      [...body.matchAll(/(?:\bpath\b"?|")\s*[=:]\s*"([^"/][^"]*)"/g)].map(([, path = '']) => path),
  );
  return paths.find((path) => isInReach(path, untrusted)) ?? relative[0] ?? null;
}
