/** What `infra/` synthesizes for an environment, read as CloudFormation would make it. */
import { loadEnvironment } from '../../../infra/config.ts';
import { type CloudTemplate, readTemplate } from './read-template.ts';
import { PROJECT, synthesize } from './synthesize.ts';

export type { CloudTemplate, Resource, RolePolicies } from './read-template.ts';
export { list, object, text } from './read-template.ts';
export { placeholderBundles } from './synthesize.ts';

const made = new Map<string, CloudTemplate>();

/** Synthesizes once for each environment and test file. */
export function cloudTemplate(environment: string, folder = PROJECT): CloudTemplate {
  const key = `${environment} ${folder}`;
  const standing = made.get(key);
  if (standing !== undefined) return standing;
  const { config } = loadEnvironment(environment, folder);
  const template = readTemplate(config, synthesize(environment, folder));
  made.set(key, template);
  return template;
}
