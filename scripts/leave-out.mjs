/**
 * An esbuild plugin. Leaves out what nothing here uses and every start would read: zod's messages in other languages, and the JSON
 * Schema validator that the MCP SDK has for elicitation, which this server does not do.
 */
export function leaveOut() {
  const englishOnly = "export { default as en } from './en.js';";
  const noElicitation = `export { default as process } from 'node:process';
    export class DefaultJsonSchemaValidator {
      getValidator() { throw new Error('this server validates no JSON Schema of others'); }
    }`;
  return {
    name: 'leave-out',
    setup({ onLoad }) {
      onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({ contents: englishOnly }));
      onLoad({ filter: /[\\/]server[\\/]dist[\\/]shimsNode\.mjs$/ }, () => ({ contents: noElicitation }));
    },
  };
}
