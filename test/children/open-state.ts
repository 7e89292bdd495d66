/** Opens a state folder and its keys, and prints what identifies both. */
import { openLocalKeys } from '../../lib/local/keys.ts';
import { openStateFolder } from '../../lib/local/state-folder.ts';

const [, , state = '', root = '', now = ''] = process.argv;
const opened = openStateFolder({ state, root, environment: 'dev', now: new Date(now), env: {} });
if (!opened.ok) throw new Error(opened.problem);
const keys = openLocalKeys(opened.folder.files.keys);
const signature = await keys.signSeal(`sha256:${'0'.repeat(64)}`);
process.stdout.write(
  JSON.stringify({ hmac: keys.hmac('same'), created: opened.folder.manifest.created_at, signature }),
);
