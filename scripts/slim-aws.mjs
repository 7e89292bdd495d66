/**
 * An esbuild plugin that makes bundles of AWS clients small, for Lambda functions. Behaviour is the same but
 * for one thing: credentials come from the environment variables that Lambda sets, and from nowhere else.
 * Use it with `mainFields: ['module', 'main']`, without which nothing of a client can be left out.
 */
import { readFileSync } from 'node:fs';

export function slimAws() {
  return {
    name: 'slim-aws',
    setup({ onResolve, onLoad, resolve }) {
      // Single sign-on, profiles, processes and instance metadata bring four more clients.
      onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, async ({ resolveDir, kind }) => {
        const { path } = await resolve('@aws-sdk/credential-provider-env', { resolveDir, kind });
        return { path, namespace: 'lambda-credentials' };
      });
      onLoad({ filter: /.*/, namespace: 'lambda-credentials' }, ({ path }) => ({
        contents: `export { fromEnv as defaultProvider } from ${JSON.stringify(path)};`,
        resolveDir: '/',
      }));
      // `[_Key]: …` might run code for all that esbuild knows, and so keeps every schema of the client.
      onLoad({ filter: /[\\/]@aws-sdk[\\/].+[\\/]schemas_\d+\.js$/ }, ({ path }) => ({
        contents: withPlainKeys(readFileSync(path, 'utf8')),
      }));
      // Clients read their version from their manifest; the rest of it would come along.
      onLoad({ filter: /[\\/]@aws-sdk[\\/][^\\/]+[\\/]package\.json$/ }, ({ path }) => ({
        contents: JSON.stringify({ version: JSON.parse(readFileSync(path, 'utf8')).version }),
        loader: 'json',
      }));
    },
  };
}

function withPlainKeys(source) {
  const constants = new Map();
  for (const [, name, text] of source.matchAll(/^const (\w+) = ("[^"\\]*");$/gm)) constants.set(name, text);
  return source.replace(/\[(_\w+)\]:/g, (whole, name) => {
    const text = constants.get(name);
    return text === undefined ? whole : `${text}:`;
  });
}
